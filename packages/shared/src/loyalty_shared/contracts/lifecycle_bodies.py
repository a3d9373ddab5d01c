"""Forgetting a member, and all that is held of one, as the API shows them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from loyalty_shared.contracts.account_bodies import LifetimeBody
from loyalty_shared.contracts.bodies import Body
from loyalty_shared.domain.erasing import Forgotten


class ErasureBody(Body):
    """What is left of a member who was forgotten: it names nobody.

    `points` is what was lost by it, and `entries` how many there were.
    """

    erased_at: datetime
    points: int
    entries: int
    lifetime: LifetimeBody

    @classmethod
    def of(cls, forgotten: Forgotten, erased_at: datetime) -> ErasureBody:
        """Show what is left."""
        return cls(
            erased_at=erased_at,
            points=forgotten.points,
            entries=forgotten.entries,
            lifetime=LifetimeBody.of(forgotten.lifetime),
        )


class MemberRowsBody(Body):
    """Rows of a member as they are kept; `nextCursor` asks for the page after.

    `kind` says what a row is (`entry`, `reference`, `member`, `due`), and `body` is what it holds.
    """

    items: list[dict[str, Any]]
    next_cursor: str | None


def shown_row(line: str) -> dict[str, Any]:
    """Show a row of an archive with its body as an object."""
    row: dict[str, Any] = json.loads(line)
    if "body" in row:
        row["body"] = json.loads(row["body"])
    return row
