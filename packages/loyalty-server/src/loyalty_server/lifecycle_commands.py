"""The command `members`: merge two of them, forget one, write out all that is held of one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loyalty_server.options import Actor, AsJson, Data, Key, id_of, settings_of
from loyalty_shared.domain.errors import InvalidInput

app = typer.Typer(
    help="Merge members, undo that, forget one, write out all that is held of one.",
    no_args_is_help=True,
)


@app.command()
def merge(  # noqa: PLR0913 - what it is asked, each an argument or an option
    member_id: str,
    *,
    into: Annotated[str, typer.Option(help="Who has all of it from now on.")],
    key: Key = None,
    actor: Actor = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Let all that a member has be another one's, and what comes under its id from now on."""
    from loyalty_server import lifecycle  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_why import show_one  # noqa: PLC0415

    asker = Asker.of(data, member_id, key, actor)
    tell(lifecycle.merge(asker, into), show_one, as_json=as_json)


@app.command()
def undo_merge(
    member_id: str,
    *,
    key: Key = None,
    actor: Actor = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give a member that was merged back what it brought, and what came under its id since."""
    from loyalty_server import lifecycle  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_why import show_one  # noqa: PLC0415

    asker = Asker.of(data, member_id, key, actor)
    tell(lifecycle.undo_merge(asker), show_one, as_json=as_json)


@app.command()
def erase(  # noqa: PLR0913 - as in merge
    member_id: str,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    key: Key = None,
    actor: Actor = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Forget a member: all that the ledger holds goes; what stays names nobody."""
    from loyalty_server import lifecycle  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_answers import show_erasure  # noqa: PLC0415

    asker = Asker.of(data, member_id, key, actor)
    if not yes:
        _confirm(f"Forget {asker.member_id}, for good?")
    tell(lifecycle.erase(asker), show_erasure, as_json=as_json)


@app.command()
def export(
    member_id: str,
    file: Annotated[
        Path | None, typer.Argument(help="The file to write, JSON Lines (default: stdout).")
    ] = None,
    data: Data = None,
) -> None:
    """Write all that is held of a member, row by row, the oldest entry first."""
    from loyalty_server.lifecycle import export_member  # noqa: PLC0415 - as in serve
    from loyalty_server.showing import show_pairs  # noqa: PLC0415

    rows = export_member(settings_of(data=data), id_of(member_id, "MEMBER_ID"), file)
    if file is not None:
        show_pairs([("rows", f"{rows:,}")])


def _confirm(question: str) -> None:
    try:
        is_meant = typer.confirm(question, err=True)
    except typer.Abort:  # nobody is there to answer
        is_meant = False
        typer.echo(err=True)  # the question has no end of its line
    if not is_meant:
        raise InvalidInput("nobody was forgotten; --yes does not ask", code="invalid_setting")
