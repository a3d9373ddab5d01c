"""When a call is sent again, and how long to wait before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx2

from loyalty_client import system
from loyalty_client.calls.call import Call
from loyalty_client.problems import ServiceUnavailable

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
# Whoever is told to wait for longer had better do so where it holds nobody up.
LONGEST_WISH_SECONDS = 60.0

T = TypeVar("T")


@dataclass(frozen=True)
class Retries:
    """How often a call is sent again at most; `chance` gives numbers from 0 to 1."""

    most: int
    chance: Callable[[], float] = system.chance

    def pause_after(self, problem: ServiceUnavailable, failures: int, call: Call[T]) -> float:
        """Say how many seconds to wait after so many failures, of which the last is given.

        The pause doubles each time, and a part of it is chance, so that many clients do not come
        back at the same moment. What the service asks for in `Retry-After` goes on top.

        Raises:
            ServiceUnavailable: the given one, when the call is not to be sent again.
        """
        wished = problem.retry_after_seconds or 0.0
        if not call.is_repeated or failures > self.most or wished > LONGEST_WISH_SECONDS:
            raise problem
        longest = min(FIRST_PAUSE_SECONDS * 2.0 ** (failures - 1), LONGEST_PAUSE_SECONDS)
        return wished + longest * (1 + self.chance()) / 2


def retry_after_seconds(headers: httpx2.Headers) -> float | None:
    """Read `Retry-After`, in seconds or as a date; None where there is none.

    A date is compared with the one that the service says it is, so that clocks may differ.
    """
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        pause = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):  # the latter where one has a time zone and the other none
        return None
    return max(pause.total_seconds(), 0.0)
