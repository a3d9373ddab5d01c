"""Cursors: any text is one that we gave for this list, or refused."""

from __future__ import annotations

import base64
from random import Random

from tests.fuzz import nasty
from tests.fuzz.damage import damaged
from tests.fuzz.target import ACCEPTED, REFUSED, Target, require

from loyalty_api.cursors import (
    Listing,
    decode_cursor,
    decode_id_cursor,
    encode_cursor,
    encode_id_cursor,
)
from loyalty_shared.domain.errors import InvalidInput

_OF_NUMBERS = (Listing.TRANSACTIONS, Listing.ROWS)


class Cursors(Target[tuple[Listing, str]]):
    """A cursor, real, damaged or made up, and the list that it is handed to."""

    def make(self, random: Random) -> tuple[Listing, str]:
        listing, other = random.choices([*Listing], k=2)
        return listing, _cursor(listing if random.random() < 0.7 else other, random)

    def check(self, given: tuple[Listing, str]) -> str:
        listing, cursor = given
        try:
            if listing in _OF_NUMBERS:
                seq = decode_cursor(listing, cursor)
                require(1 <= seq < 10**12, f"place {seq}")
                again = encode_cursor(listing, seq)
            else:
                again = encode_id_cursor(listing, decode_id_cursor(listing, cursor))
        except InvalidInput as refused:
            require(refused.code == "invalid_cursor", refused.code)
            return REFUSED
        require(again == cursor, "one place has two cursors")
        for other in Listing:
            require(other is listing or not _is_read(other, cursor), f"{other} takes it too")
        return ACCEPTED


def _cursor(listing: Listing, random: Random) -> str:
    kind = random.random()
    if kind < 0.2:
        return nasty.text(random)
    if kind < 0.4:
        content = f"{listing}:{nasty.text(random)}".encode(errors="surrogatepass")
        return base64.urlsafe_b64encode(content).decode().rstrip("=" * random.randrange(2))
    seq = random.randrange(1, 10 ** random.randrange(1, 13))
    is_number = listing in _OF_NUMBERS
    real = encode_cursor(listing, seq) if is_number else encode_id_cursor(listing, f"a-{seq}")
    if random.random() < 0.5:
        return real
    return damaged(real.encode(), random).decode("utf-8", "surrogateescape")


def _is_read(listing: Listing, cursor: str) -> bool:
    try:
        if listing in _OF_NUMBERS:
            decode_cursor(listing, cursor)
        else:
            decode_id_cursor(listing, cursor)
    except InvalidInput:
        return False
    return True
