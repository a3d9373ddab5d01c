"""Bodies of commands and quotes, and every kind of field that stands alone."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from tests.fuzz import documents, nasty
from tests.fuzz.damage import maybe_damaged
from tests.fuzz.reading import CENTS, CURRENCY, NOW, read, require_amount, require_id
from tests.fuzz.target import ACCEPTED, REFUSED, Target, require

from loyalty_shared.contracts import fields, identifiers, strict_json
from loyalty_shared.contracts.quote_bodies import read_quote
from loyalty_shared.contracts.wishes import (
    MOST_POINTS,
    AdjustmentWish,
    CaptureWish,
    HoldWish,
    MergeWish,
    NoWish,
    RedemptionWish,
    VerdictWish,
    Wish,
    read_wish,
)
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.domain.money import Money
from loyalty_shared.service.transaction_ids import seq_in

_WISHES: tuple[type[Wish], ...] = (
    RedemptionWish,
    HoldWish,
    CaptureWish,
    AdjustmentWish,
    VerdictWish,
    MergeWish,
    NoWish,
)
_IDS = {"orderId", "actor", "into", "memberId"}
_TEXTS = {"description", "reason"}
_NUMBERS = {"points", "expiresInSeconds"}


class Commands(Target[tuple[type[Wish] | None, bytes]]):
    """The body of each kind of command, and of a quote (None)."""

    def make(self, random: Random) -> tuple[type[Wish] | None, bytes]:
        if random.random() < 0.2:
            return None, maybe_damaged(documents.quote(random), random)
        model = random.choice(_WISHES)
        known = [field.alias or name for name, field in model.model_fields.items()]
        return model, maybe_damaged(documents.command(random, known), random)

    def check(self, given: tuple[type[Wish] | None, bytes]) -> str:
        model, body = given
        try:
            wish = read_wish(model, body) if model else read_quote(body, CURRENCY, NOW)
        except InvalidInput as refused:
            allowed = {"invalid_request", "malformed_json"}
            if model is None:
                allowed |= {"currency_mismatch", "unknown_currency", "invalid_amount"}
                allowed |= {"occurred_in_the_future"}
            require(refused.code in allowed, refused.code)
            return REFUSED
        document = read(strict_json.text_of(body)) if body.strip() else {}
        if isinstance(wish, Wish):
            _check_wish(wish, document)
        else:
            require_id(wish.purchase.member_id, document["memberId"])
            require_amount(wish.purchase.total.minor, document["totalAmount"])
            require(0 <= wish.points <= MOST_POINTS, "points out of bounds")
        return ACCEPTED


def _check_wish(wish: Wish, document: dict[str, Any]) -> None:
    held = wish.model_dump(by_alias=True, exclude_unset=True)
    require(held.keys() == document.keys(), "a field was dropped or made up")
    for name, value in held.items():
        given = document[name]
        if value is None:
            require(given is None, f"{name} became nothing")
        elif name in _IDS:
            require_id(value, given)
        elif name in _TEXTS:
            require(value == given and len(value) <= 256, f"{name} was changed")
            value.encode()
        else:
            require(name in _NUMBERS and type(value) is int and value == given, f"{name} is wrong")
            require(0 < abs(value) <= MOST_POINTS, f"{name} is out of bounds")


class Fields(Target[tuple[str, str]]):
    """An id, a moment, an amount or a transaction's id, by itself."""

    def make(self, random: Random) -> tuple[str, str]:
        kind = random.choice(("id", "moment", "money", "transaction"))
        source = {"moment": nasty.TIMES, "money": nasty.NUMBERS}.get(kind, nasty.IDS)
        if kind == "transaction" and random.random() < 0.6:
            return kind, str(UUID(int=random.getrandbits(128)))
        text = random.choice(source) if random.random() < 0.4 else nasty.text(random)
        if random.random() < 0.4:
            changed = maybe_damaged(random.choice(source), random)
            text = changed.decode("utf-8", "surrogateescape")
        return kind, text

    def check(self, given: tuple[str, str]) -> str:
        kind, text = given
        return f"{kind} {_KINDS[kind](text)}"


def _id(text: str) -> str:
    try:
        held = identifiers.checked_identifier(text, "path/memberId")
    except InvalidInput as refused:
        require(refused.code == "invalid_id", refused.code)
        return REFUSED
    require_id(held, text)
    return ACCEPTED


def _moment(text: str) -> str:
    try:
        found = fields.past_or_future(text)
    except ValueError:
        return REFUSED
    require(1970 <= found.year < 9000, f"the year {found.year}")
    require(fields.moment(found.isoformat()) == found, "a moment is read otherwise")
    return ACCEPTED


def _money(text: str) -> str:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return REFUSED
    try:
        money = Money.of(amount, CURRENCY)
    except InvalidInput as refused:
        require(refused.code == "invalid_amount", refused.code)
        return REFUSED
    require_amount(money.minor, amount)
    require(Fraction(str(money)) == Fraction(money.minor, CENTS), f"shown as {money}")
    return ACCEPTED


def _transaction(text: str) -> str:
    seq = seq_in(text)
    require(seq is None or 0 <= seq < 2**40, f"place {seq}")
    return REFUSED if seq is None else ACCEPTED


_KINDS = {"id": _id, "moment": _moment, "money": _money, "transaction": _transaction}
