"""What the commands that spend points ask for: `redeem`, `reverse` and those of `holds`."""

from __future__ import annotations

from datetime import timedelta

from loyalty_api.views import hold_body
from loyalty_server.asking import Answer, Asker, transacted, wish_of
from loyalty_shared.contracts.hold_bodies import HoldBody
from loyalty_shared.contracts.transaction_bodies import TransactionBody
from loyalty_shared.contracts.wishes import CaptureWish, HoldWish, RedemptionWish
from loyalty_shared.domain.holds import Capture, Holding
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service import holds, redemptions
from loyalty_shared.service.commands import Asking
from loyalty_shared.service.ledger import Ledger


def redeem(
    asker: Asker, points: int, order_id: str | None, description: str | None
) -> Answer[TransactionBody]:
    """Spend points of a member.

    Raises: as the use case does.
    """
    wish = wish_of(
        RedemptionWish,
        points=("POINTS", points),
        orderId=("--order", order_id),
        description=("--description", description),
    )
    redemption = Redemption(wish.points, wish.order_id, wish.description)
    return asker.ask(
        lambda ledger, asking: transacted(ledger, redemptions.redeem(ledger, asking, redemption))
    )


def reverse(asker: Asker, transaction_id: str) -> Answer[TransactionBody]:
    """Give back the points that a transaction spent.

    Raises: as the use case does.
    """
    return asker.ask(
        lambda ledger, asking: transacted(
            ledger, redemptions.restore(ledger, asking, transaction_id)
        )
    )


def make_hold(
    asker: Asker, points: int, seconds: int | None, order_id: str | None, description: str | None
) -> Answer[HoldBody]:
    """Set points of a member aside.

    Raises: as the use case does.
    """
    wish = wish_of(
        HoldWish,
        points=("POINTS", points),
        expiresInSeconds=("--seconds", seconds),
        orderId=("--order", order_id),
        description=("--description", description),
    )
    lasts = timedelta(seconds=wish.expires_in_seconds)
    holding = Holding(wish.points, lasts, wish.order_id, wish.description)

    def do(ledger: Ledger, asking: Asking) -> Answer[HoldBody]:
        done = holds.hold_points(ledger, asking, holding)
        made = holds.made_by(ledger, done)
        return Answer(hold_body(ledger.program, done.member_id, made), done.is_replayed)

    return asker.ask(do)


def capture_hold(
    asker: Asker, hold_id: str, points: int | None, order_id: str | None, description: str | None
) -> Answer[TransactionBody]:
    """Spend points of a hold.

    Raises: as the use case does.
    """
    wish = wish_of(
        CaptureWish,
        points=("--points", points),
        orderId=("--order", order_id),
        description=("--description", description),
    )
    capture = Capture(hold_id, wish.points, wish.order_id, wish.description)
    return asker.ask(
        lambda ledger, asking: transacted(ledger, holds.capture_hold(ledger, asking, capture))
    )


def release_hold(asker: Asker, hold_id: str) -> Answer[TransactionBody]:
    """Let go of a hold.

    Raises: as the use case does.
    """
    return asker.ask(
        lambda ledger, asking: transacted(ledger, holds.release_hold(ledger, asking, hold_id))
    )
