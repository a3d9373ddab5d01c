"""The command `dead-letters`: look at what could not be processed, send it again or drop it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loyalty_server.options import AsJson, Data, id_of, settings_of
from loyalty_shared.domain.errors import InvalidInput

if TYPE_CHECKING:
    from loyalty_server.letters import DeadLetters, Letter

app = typer.Typer(
    help=(
        "Messages that can never succeed as they are: those of this machine's queue, or of SQS with"
        " LOYALTY_DEAD_LETTER_QUEUE_URL and LOYALTY_QUEUE_URL."
    ),
    no_args_is_help=True,
)

Ids = Annotated[list[str] | None, typer.Argument(help="The ids that list shows.")]
All = Annotated[bool, typer.Option("--all", help="All that list shows.")]


@app.command("list")
def list_(data: Data = None, *, as_json: AsJson = False) -> None:
    """List them, oldest first."""
    from loyalty_server.dead_letters import open_dead_letters  # noqa: PLC0415 - as in serve
    from loyalty_server.showing import show_letters  # noqa: PLC0415

    with open_dead_letters(settings_of(data=data)) as dead_letters:
        letters = dead_letters.letters()
    if as_json:
        typer.echo(json.dumps([_fields(each) for each in letters], ensure_ascii=False))
    else:
        show_letters(letters)


@app.command()
def show(letter_id: str, data: Data = None, *, as_json: AsJson = False) -> None:
    """Show one whole, with the message as it came."""
    from loyalty_server.dead_letters import open_dead_letters  # noqa: PLC0415 - as in serve
    from loyalty_server.letters import missing  # noqa: PLC0415
    from loyalty_server.showing import show_pairs  # noqa: PLC0415

    wanted = id_of(letter_id, "LETTER_ID")
    with open_dead_letters(settings_of(data=data)) as dead_letters:
        letters = dead_letters.letters()
    letter = next((each for each in letters if each.id == wanted), None)
    if letter is None:
        raise missing([wanted])
    fields = _fields(letter)
    if as_json:
        typer.echo(json.dumps(fields, ensure_ascii=False))
    else:
        show_pairs([(name, str(value)) for name, value in fields.items() if name != "body"])
        typer.echo(letter.body)


@app.command()
def retry(ids: Ids = None, data: Data = None, *, all_: All = False) -> None:
    """Put them back into the queue; what is not mended comes back here."""
    count = _each(ids, data, lambda letters, chosen: letters.retry(chosen), all_=all_)
    typer.echo(f"{count} put back into the queue.")


@app.command()
def drop(ids: Ids = None, data: Data = None, *, all_: All = False) -> None:
    """Take them out for good."""
    count = _each(ids, data, lambda letters, chosen: letters.drop(chosen), all_=all_)
    typer.echo(f"{count} dropped.")


def _each(
    ids: list[str] | None,
    data: Path | None,
    do: Callable[[DeadLetters, Sequence[str]], None],
    *,
    all_: bool,
) -> int:
    from loyalty_server.dead_letters import open_dead_letters  # noqa: PLC0415 - as in serve

    if bool(ids) == all_:
        raise InvalidInput("name dead letters by their ids, or --all", code="invalid_setting")
    given = [id_of(each, "IDS") for each in ids or []]
    with open_dead_letters(settings_of(data=data)) as dead_letters:
        chosen = given or [each.id for each in dead_letters.letters()]
        do(dead_letters, chosen)
    return len(chosen)


def _fields(letter: Letter) -> dict[str, object]:
    return {
        "id": letter.id,
        "code": letter.code,
        "reason": letter.reason,
        "receivedAt": letter.received_at.isoformat(),
        "body": letter.body,
    }
