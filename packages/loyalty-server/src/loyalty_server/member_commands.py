"""The commands for one member: look at what there is, quote, spend, give back, adjust."""

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
    moment_of,
    settings_of,
)

PANEL = "For a member"

app = typer.Typer()


@app.command(rich_help_panel=PANEL)
def member(
    member_id: str,
    data: Data = None,
    as_of: Annotated[
        str | None, typer.Option(help="Business time, such as 2026-05-04T10:00:00Z.")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option(help="Recorded time: what the ledger knew then.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show a member's account, as of now or of another moment."""
    from loyalty_server.looking import account_of  # noqa: PLC0415 - as in serve
    from loyalty_server.showing import show_account  # noqa: PLC0415

    account = account_of(
        settings_of(data=data),
        id_of(member_id, "MEMBER_ID"),
        as_of=moment_of(as_of, "--as-of"),
        known_at=moment_of(known_at, "--known-at"),
    )
    if as_json:
        typer.echo(account.model_dump_json())
    else:
        show_account(account)


@app.command(rich_help_panel=PANEL)
def history(
    member_id: str,
    data: Data = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each by which rule, and what it touched.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a member's transactions and how each came about."""
    from loyalty_server.looking import history_of  # noqa: PLC0415 - as in serve
    from loyalty_server.showing import show_history  # noqa: PLC0415
    from loyalty_server.showing_why import show_why  # noqa: PLC0415

    page = history_of(settings_of(data=data), id_of(member_id, "MEMBER_ID"), limit)
    if as_json:
        typer.echo(page.model_dump_json())
    elif explain:
        show_why(page.items)
    else:
        show_history(page)


@app.command(rich_help_panel=PANEL)
def quote(
    member_id: str,
    amount: Annotated[str, typer.Argument(help="What there is to pay, such as 12.50.")],
    data: Data = None,
    points: Annotated[int, typer.Option(help="So many points are to pay a part of it.")] = 0,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what a purchase would earn now, and what points could pay of it; nothing is written."""
    from loyalty_server.looking import quote_for  # noqa: PLC0415 - as in serve
    from loyalty_server.showing_answers import show_quote  # noqa: PLC0415

    found = quote_for(settings_of(data=data), id_of(member_id, "MEMBER_ID"), amount, points)
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        show_quote(found)


@app.command(rich_help_panel=PANEL)
def redeem(  # noqa: PLR0913 - what it is asked, each an argument or an option
    member_id: str,
    points: int,
    *,
    order: Order = None,
    description: Description = None,
    key: Key = None,
    actor: Actor = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Spend points of a member."""
    from loyalty_server import spending  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_why import show_one  # noqa: PLC0415

    asker = Asker.of(data, member_id, key, actor)
    tell(spending.redeem(asker, points, order, description), show_one, as_json=as_json)


@app.command(rich_help_panel=PANEL)
def reverse(  # noqa: PLR0913 - as in redeem
    member_id: str,
    transaction_id: Annotated[
        str, typer.Argument(help="The one that spent them; history --explain shows its id.")
    ],
    *,
    key: Key = None,
    actor: Actor = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give back the points that a transaction spent, once."""
    from loyalty_server import spending  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_why import show_one  # noqa: PLC0415

    asker = Asker.of(data, member_id, key, actor)
    tell(spending.reverse(asker, transaction_id), show_one, as_json=as_json)


# So that -50 is a number, and no option.
@app.command(rich_help_panel=PANEL, context_settings={"ignore_unknown_options": True})
def adjust(  # noqa: PLR0913 - as in redeem
    member_id: str,
    points: Annotated[int, typer.Argument(help="To give, or negative to take: 50, -50.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for everybody who looks at it later.")],
    key: Key = None,
    actor: Actor = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give points to a member by hand, or take some; many wait for a second person."""
    from loyalty_server import adjusting  # noqa: PLC0415 - as in serve
    from loyalty_server.asking import Asker, tell  # noqa: PLC0415
    from loyalty_server.showing_answers import show_adjustment  # noqa: PLC0415

    asker = Asker.of(data, member_id, key, actor)
    tell(adjusting.adjust(asker, points, reason), show_adjustment, as_json=as_json)
