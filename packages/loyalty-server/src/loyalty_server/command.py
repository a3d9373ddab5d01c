"""The command `loyalty`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loyalty_server import (
    approval_commands,
    dead_letter_commands,
    hold_commands,
    keeping_commands,
    lifecycle_commands,
    member_commands,
    program_commands,
)
from loyalty_server.options import AsJson, Data, Program, settings_of
from loyalty_shared.domain.errors import LoyaltyError
from loyalty_shared.starting import without_collecting

if TYPE_CHECKING:
    from loyalty_shared.service.transfer import Counts

_USAGE_ERROR = 2

app = typer.Typer(
    help="The backend of a loyalty program: purchases in, points out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(keeping_commands.app)  # without a name: its commands stand beside those below
app.add_typer(dead_letter_commands.app, name="dead-letters")
app.add_typer(program_commands.app, name="program")
app.add_typer(member_commands.app)  # as above
app.add_typer(hold_commands.app, name="holds", rich_help_panel=member_commands.PANEL)
app.add_typer(approval_commands.app, name="approvals", rich_help_panel=member_commands.PANEL)
app.add_typer(lifecycle_commands.app, name="members", rich_help_panel=member_commands.PANEL)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address (default: 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="The port (default: 8000); 0: any.")] = None,
    data: Data = None,
    program: Program = None,
) -> None:
    """Serve the API and process events, until Ctrl-C."""
    # Each command imports what it needs: nobody waits for a server to read a balance.
    with without_collecting():
        from loyalty_server.observing import log_json  # noqa: PLC0415 - see above
        from loyalty_server.server_app import open_server_app  # noqa: PLC0415
        from loyalty_server.serving import listen, url_of  # noqa: PLC0415
        from loyalty_server.serving import serve as serve_app  # noqa: PLC0415

    settings = settings_of(host=host, port=port, data=data, program=program)
    log_json(settings.log_level)
    # The address comes last: whoever can connect is answered.
    with (
        open_server_app(settings) as server_app,
        listen(
            settings.host, settings.port, asks_for_tokens=settings.trust is not None
        ) as listener,
    ):

        def announce() -> None:
            url = url_of(listener)
            typer.echo(f"Loyalty serves on {url} (docs: {url}/docs, data: {settings.data_folder}).")
            typer.echo("Ctrl-C stops it.")

        serve_app(server_app, listener, settings, announce)
    typer.echo("Stopped; everything accepted is kept.")


@app.command()
def ingest(  # noqa: PLR0913 - what it is asked, each an argument or an option
    file: Annotated[Path, typer.Argument(help="Order events, one JSON object a line; - is stdin.")],
    data: Data = None,
    program: Program = None,
    rejected: Annotated[
        Path | None,
        typer.Option(help="Where rejected lines go (default: FILE.rejected.jsonl)."),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="How many work at it (default: by cores and size)."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Turn a file of order events into points; run it again as often as you like."""
    from loyalty_server.ingest_file import ingest_file, show_summary  # noqa: PLC0415 - as in serve

    settings = settings_of(data=data, program=program)
    show_summary(ingest_file(settings, file, rejected, processes), as_json=as_json)


@app.command()
def settle(data: Data = None, program: Program = None, *, as_json: AsJson = False) -> None:
    """Write what time alone has done: points that became usable or expired, tiers that ended."""
    from loyalty_server.settle_once import settle_once, show_settled  # noqa: PLC0415 - as in serve

    show_settled(settle_once(settings_of(data=data, program=program)), as_json=as_json)


@app.command("export")
def export_(
    file: Annotated[Path, typer.Argument(help="The file to write, JSON Lines.")],
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write the whole ledger to a file; LOYALTY_STORE names another store than SQLite."""
    from loyalty_server.carrying import export_ledger  # noqa: PLC0415 - as in serve

    _show_counts(export_ledger(settings_of(data=data), file), as_json=as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file that export wrote.")],
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Put an exported ledger into a store and check that it arrived; run it again to go on."""
    from loyalty_server.carrying import import_ledger  # noqa: PLC0415 - as in serve

    _show_counts(import_ledger(settings_of(data=data), file), as_json=as_json)


def main() -> None:
    """Run the command; what a person can mend is one plain line and exit status 2."""
    try:
        app()
    except LoyaltyError as error:
        _fail(error.detail)


def _show_counts(counts: Counts, *, as_json: bool) -> None:
    from loyalty_server.showing import show_counts  # noqa: PLC0415 - as in serve

    if as_json:
        typer.echo(json.dumps(asdict(counts)))
    else:
        show_counts(counts)


def _fail(reason: str) -> None:
    sys.stderr.write(f"loyalty: {reason}\n")
    sys.exit(_USAGE_ERROR)


if __name__ == "__main__":
    main()
