"""What every member has at the end of a file of purchases, computed apart from the service.

python benchmarks/expected_points.py FILE

This is written from the terms of the default program (docs/Program.md), and imports nothing of
the service: two programs that agree on 2,469 households are hardly wrong in the same way.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Europe/Amsterdam")
_MONTHS_IN_WINDOW = 12
_LEVELS = (  # highest first: from so many points inside the window, name, multiplier
    (5000, "Gold", Fraction("1.5")),
    (1500, "Silver", Fraction("1.2")),
    (500, "Bronze", Fraction("1.1")),
    (0, "Basic", Fraction(1)),
)


@dataclass
class Expected:
    """A member: points earned, purchases made, and the tier in the month of the last of them."""

    points: int = 0
    purchases: int = 0
    tier: str = "Basic"
    by_month: Counter[int] = field(default_factory=Counter, repr=False)


def expected_points(events: Iterable[Mapping[str, Any]]) -> dict[str, Expected]:
    """Compute what each member has, from purchases in the order in which they are recorded."""
    members: dict[str, Expected] = {}
    for event in events:
        _buy(members.setdefault(event["userId"], Expected()), event)
    return members


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """Read a file of events; a number with a fraction stays the text that it is written as."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line, parse_float=str)


def _buy(member: Expected, event: Mapping[str, Any]) -> None:
    day = datetime.fromisoformat(event["occurredAt"]).astimezone(_ZONE)
    month = day.year * 12 + day.month
    _, multiplier = _tier(member, month)
    points = Fraction(event["totalAmount"]) * multiplier // 1
    member.points += points
    member.purchases += 1
    member.by_month[month] += points
    member.tier, _ = _tier(member, month)


def _tier(member: Expected, month: int) -> tuple[str, Fraction]:
    window = range(month - _MONTHS_IN_WINDOW + 1, month + 1)
    earned = sum(member.by_month[each] for each in window)
    return next((name, multiplier) for least, name, multiplier in _LEVELS if earned >= least)


def _main() -> None:
    members = expected_points(read_events(Path(sys.argv[1])))
    for name, member in sorted(members.items()):
        print(name, member.points, member.tier, sep="\t")


if __name__ == "__main__":
    _main()
