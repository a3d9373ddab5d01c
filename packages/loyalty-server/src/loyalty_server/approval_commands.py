"""The command `approvals`: adjustments that wait for a second person."""

from __future__ import annotations

import typer

from loyalty_server.options import Actor, AsJson, Data, Key, id_of, settings_of

app = typer.Typer(
    help="Adjustments that wait for a second person: look at them, approve or decline.",
    no_args_is_help=True,
)


@app.command("list")
def list_(data: Data = None, *, as_json: AsJson = False) -> None:
    """List those that wait, by member."""
    from loyalty_server.looking import waiting_approvals  # noqa: PLC0415 - as in serve
    from loyalty_server.showing_answers import show_approvals  # noqa: PLC0415

    page = waiting_approvals(settings_of(data=data))
    if as_json:
        typer.echo(page.model_dump_json())
    else:
        show_approvals(page)


@app.command()
def show(approval_id: str, data: Data = None, *, as_json: AsJson = False) -> None:
    """Show one that waits, or waited."""
    from loyalty_server.looking import approval_of  # noqa: PLC0415 - as in serve
    from loyalty_server.showing_answers import show_approval  # noqa: PLC0415

    found = approval_of(settings_of(data=data), id_of(approval_id, "APPROVAL_ID"))
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        show_approval(found)


@app.command()
def approve(
    approval_id: str,
    *,
    actor: Actor = None,
    key: Key = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Agree to one, which takes place by it; not as the one who asked for it."""
    from loyalty_server import adjusting  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_why import show_one  # noqa: PLC0415

    asker = Asker.of(data, None, key, actor)
    answer = adjusting.approve(asker, id_of(approval_id, "APPROVAL_ID"))
    tell(answer, show_one, as_json=as_json)


@app.command()
def decline(
    approval_id: str,
    *,
    actor: Actor = None,
    key: Key = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Refuse one, or take it back."""
    from loyalty_server import adjusting  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_why import show_one  # noqa: PLC0415

    asker = Asker.of(data, None, key, actor)
    answer = adjusting.decline(asker, id_of(approval_id, "APPROVAL_ID"))
    tell(answer, show_one, as_json=as_json)
