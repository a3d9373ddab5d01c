"""The machine's own clock and chance: composition roots hand them to everything else."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime


def now() -> datetime:
    """Read the clock, in UTC."""
    return datetime.now(UTC)


def pause(longest_seconds: float) -> None:
    """Wait for a random part of the given time, so that rivals do not meet again."""
    time.sleep(random.uniform(0, longest_seconds))  # noqa: S311 - spreads retries, keeps no secret
