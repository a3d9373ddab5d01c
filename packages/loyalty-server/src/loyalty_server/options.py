"""The options that commands share, and the settings that they go before."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loyalty_shared.domain.errors import InvalidInput

if TYPE_CHECKING:
    from loyalty_server.settings import ServerSettings

Data = Annotated[
    Path | None, typer.Option(help="The folder of ledger and queue (default: ./loyalty-data).")
]
Program = Annotated[
    Path | None, typer.Option(help="The program file; without it the default program runs.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for machines.")]
Key = Annotated[
    str | None,
    typer.Option(help="A text of your own: under it this is done once, however often it is run."),
]
Actor = Annotated[str | None, typer.Option(help="Who asks for it; the transaction says so.")]
Order = Annotated[str | None, typer.Option(help="The id of the order that the points pay for.")]
Description = Annotated[str | None, typer.Option(help="What for, in the member's history.")]


def settings_of(**given: Any) -> ServerSettings:  # noqa: ANN401 - each is checked by the model
    """Give the settings: options that were given, else the environment, else the defaults.

    Raises:
        InvalidInput: with code `invalid_setting`, for the first that is not valid.
    """
    # Imported where needed, as below: who asks for help waits for no settings.
    from pydantic import ValidationError  # noqa: PLC0415 - see above

    from loyalty_server.settings import ServerSettings  # noqa: PLC0415

    try:
        return ServerSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        # What is wrong with two together is said by the model, with both names.
        detail = f"LOYALTY_{name}: {first['msg']}" if name else first["msg"]
        raise InvalidInput(detail, code="invalid_setting") from error


def id_of(word: str, name: str) -> str:
    """Check an id that was given as an argument; `name` is the argument's.

    Raises:
        InvalidInput: with code `invalid_id`.
    """
    from loyalty_shared.contracts.identifiers import checked_identifier  # noqa: PLC0415 - see above

    try:
        return checked_identifier(word, name)
    except InvalidInput as error:
        raise InvalidInput(f"{name} {error.faults[0].reason}", code=error.code) from error


def moment_of(text: str | None, name: str) -> datetime | None:
    """Read a moment that was given as an option; `name` is the option's.

    Raises:
        InvalidInput: with code `invalid_request`.
    """
    from loyalty_shared.contracts.fields import past_or_future  # noqa: PLC0415 - see above

    try:
        return past_or_future(text) if text is not None else None
    except ValueError as error:
        raise InvalidInput(f"{name} {error}", code="invalid_request") from error
