"""How the commands that write ask for something: under a key, so that asking again is harmless."""

from __future__ import annotations

import secrets
import shlex
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import typer
from pydantic import ValidationError

from loyalty_api.views import transaction_body
from loyalty_server.composition import open_ledger_to_write, require_ledger
from loyalty_server.options import id_of, settings_of
from loyalty_server.settings import ServerSettings
from loyalty_shared.contracts.bodies import Body
from loyalty_shared.contracts.faults import faults_of
from loyalty_shared.contracts.transaction_bodies import TransactionBody
from loyalty_shared.contracts.wishes import Wished
from loyalty_shared.domain.errors import (
    ActorRequired,
    IdempotencyKeyReused,
    InvalidInput,
    Rejected,
    TryAgain,
)
from loyalty_shared.service import queries
from loyalty_shared.service.commands import Asking, Done
from loyalty_shared.service.ledger import Ledger

_LONGEST_KEY = 255  # as the API has it
_REPLAYED = "loyalty: the key was used for this before: it is shown again, and nothing was done now"
_WHAT_NEXT: dict[type[Rejected], str] = {
    ActorRequired: "name them with --actor",
    IdempotencyKeyReused: "take another --key",
}

Shown = TypeVar("Shown", bound=Body)


@dataclass(frozen=True, slots=True)
class Answer(Generic[Shown]):
    """What came of a command; `is_replayed` where it came of it when it was run before."""

    body: Shown
    is_replayed: bool


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something for a member, in which ledger, under which key."""

    settings: ServerSettings
    member_id: str
    key: str
    actor: str | None

    @classmethod
    def of(
        cls, data: Path | None, member_id: str | None, key: str | None, actor: str | None
    ) -> Asker:
        """Check what was given, and make a key where there is none.

        Without a member it is for the use case to find out whose it is.

        Raises:
            InvalidInput: for the first that is not valid.
        """
        member_id = id_of(member_id, "MEMBER_ID") if member_id is not None else ""
        if key is not None and (
            not key.strip() or len(key) > _LONGEST_KEY or not key.isprintable()
        ):
            raise InvalidInput(
                f"--key must have 1 to {_LONGEST_KEY} printable characters",
                code="idempotency_key_required",
            )
        actor = id_of(actor, "--actor") if actor is not None else None
        return cls(settings_of(data=data), member_id, key or secrets.token_hex(8), actor)

    def ask(self, do: Callable[[Ledger, Asking], Answer[Shown]]) -> Answer[Shown]:
        """Open the ledger and do it; where it may have been done or not, say how to run it again.

        Raises:
            LedgerNotFound: when there is no ledger.
            TryAgain: when it may be run again, with the key.
            Rejected: as the use case does.
        """
        again = f"run it again with --key {shlex.quote(self.key)}, and it is done once"
        try:
            require_ledger(self.settings)
            ledger = open_ledger_to_write(self.settings)
            with closing(ledger.store):
                return do(ledger, Asking(self.member_id, self.key, self.actor))
        except (ActorRequired, IdempotencyKeyReused) as error:
            raise type(error)(f"{error.detail}; {_WHAT_NEXT[type(error)]}") from error
        except TryAgain as error:
            raise type(error)(f"{error.detail}; {again}") from error
        except KeyboardInterrupt:
            sys.stderr.write(f"loyalty: it may have been done; {again}\n")
            raise


def transacted(ledger: Ledger, done: Done) -> Answer[TransactionBody]:
    """Answer with the transaction of a command, the same each time it is run."""
    found = queries.explained(ledger, done.member_id, done.entry)
    return Answer(transaction_body(found), done.is_replayed)


def tell(answer: Answer[Shown], show: Callable[[Shown], None], *, as_json: bool) -> None:
    """Print an answer, for people with `show`, and on stderr whether it is a replay."""
    if as_json:
        typer.echo(answer.body.model_dump_json())
    else:
        show(answer.body)
    if answer.is_replayed:
        sys.stderr.write(f"{_REPLAYED}\n")


def wish_of(model: type[Wished], **given: tuple[str, object]) -> Wished:
    """Check what was given as the API checks a body.

    For each field there is what it is called on the command line, and the value, None for none.

    Raises:
        InvalidInput: with code `invalid_request`, for the first that is not valid.
    """
    try:
        return model.model_validate(
            {field: value for field, (_, value) in given.items() if value is not None}
        )
    except ValidationError as error:
        first = faults_of(error)[0]
        name, _ = given[first.location.removeprefix("/")]
        raise InvalidInput(f"{name}: {first.reason}", code="invalid_request") from error
