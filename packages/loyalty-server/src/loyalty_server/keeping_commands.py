"""The commands that keep a ledger safe: `verify`, `backup`, `restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loyalty_server.options import AsJson, Data, id_of, settings_of

app = typer.Typer()


@app.command()
def verify(
    data: Data = None,
    member: Annotated[str | None, typer.Option(help="Look at this one only.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Prove the ledger: chain, replay, sums, references; status 1 where something is wrong."""
    from loyalty_server.verify_once import show_verified, verify_once  # noqa: PLC0415 - as in serve

    member_id = id_of(member, "--member") if member is not None else None
    show_verified(verify_once(settings_of(data=data), member_id), as_json=as_json)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Copy the data folder to one file, while the server serves or not."""
    from loyalty_server.backup import back_up, show_saved  # noqa: PLC0415 - as in verify

    show_saved(back_up(settings_of(data=data), file), as_json=as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that backup wrote.")],
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Put a backup into a data folder that has no ledger."""
    from loyalty_server.backup import show_saved  # noqa: PLC0415 - as in verify
    from loyalty_server.restore import restore as restore_file  # noqa: PLC0415 - as in verify

    show_saved(restore_file(settings_of(data=data), file), as_json=as_json)
