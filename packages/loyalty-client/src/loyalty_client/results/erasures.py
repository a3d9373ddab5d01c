"""What is left of a member who was forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from loyalty_client.results.accounts import Lifetime


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What is left: it names nobody. `points` were lost by it, and there were so many `entries`.

    `replayed` says that the member had been forgotten before, under the same key.
    """

    erased_at: datetime
    points: int
    entries: int
    lifetime: Lifetime
    replayed: bool = field(default=False, compare=False)
