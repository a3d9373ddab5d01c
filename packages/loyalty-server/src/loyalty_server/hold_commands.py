"""The command `holds`: set points aside at a checkout, spend them, or let go of them."""

from __future__ import annotations

from typing import Annotated

import typer

from loyalty_server.options import (
    Actor,
    AsJson,
    Data,
    Description,
    Key,
    Order,
    id_of,
    settings_of,
)

app = typer.Typer(
    help="Points set aside for a time: make a hold, capture or release it.", no_args_is_help=True
)


@app.command("list")
def list_(member_id: str, data: Data = None, *, as_json: AsJson = False) -> None:
    """List the open holds of a member, oldest first."""
    from loyalty_server.looking import open_holds_of  # noqa: PLC0415 - as in serve
    from loyalty_server.showing_answers import show_holds  # noqa: PLC0415

    found = open_holds_of(settings_of(data=data), id_of(member_id, "MEMBER_ID"))
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        show_holds(found)


@app.command()
def show(member_id: str, hold_id: str, data: Data = None, *, as_json: AsJson = False) -> None:
    """Show a hold, and what has become of it."""
    from loyalty_server.looking import hold_of  # noqa: PLC0415 - as in serve
    from loyalty_server.showing_answers import show_hold  # noqa: PLC0415

    found = hold_of(settings_of(data=data), id_of(member_id, "MEMBER_ID"), hold_id)
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        show_hold(found)


@app.command()
def make(  # noqa: PLR0913 - what it is asked, each an argument or an option
    member_id: str,
    points: int,
    *,
    seconds: Annotated[
        int | None, typer.Option(help="It lapses by itself after so long (default: 900).")
    ] = None,
    order: Order = None,
    description: Description = None,
    key: Key = None,
    actor: Actor = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Set points of a member aside, until they are captured or released, or time is over."""
    from loyalty_server import spending  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_answers import show_hold  # noqa: PLC0415

    asker = Asker.of(data, member_id, key, actor)
    answer = spending.make_hold(asker, points, seconds, order, description)
    tell(answer, show_hold, as_json=as_json)


@app.command()
def capture(  # noqa: PLR0913 - as in make
    member_id: str,
    hold_id: str,
    *,
    points: Annotated[
        int | None, typer.Option(help="How many of them (default: all); the rest is released.")
    ] = None,
    order: Order = None,
    description: Description = None,
    key: Key = None,
    actor: Actor = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Spend points of a hold; the rest of it can be used again."""
    from loyalty_server import spending  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_why import show_one  # noqa: PLC0415

    asker = Asker.of(data, member_id, key, actor)
    answer = spending.capture_hold(asker, hold_id, points, order, description)
    tell(answer, show_one, as_json=as_json)


@app.command()
def release(  # noqa: PLR0913 - as in make
    member_id: str,
    hold_id: str,
    *,
    key: Key = None,
    actor: Actor = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Let go of a hold: its points can be used again."""
    from loyalty_server import spending  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_why import show_one  # noqa: PLC0415

    asker = Asker.of(data, member_id, key, actor)
    tell(spending.release_hold(asker, hold_id), show_one, as_json=as_json)
