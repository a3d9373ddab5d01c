"""Look-ups in a store: many at a time where each waits for a network, else each at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from loyalty_shared.service.verification.report import LedgerFault

Look = Callable[[], list[LedgerFault]]
Tell = Callable[[list[LedgerFault]], None]

_MOST_WAITING = 512


class LookUps:
    """Looks things up with so many workers, 0 for none; what is found is told in the order asked.

    Leaving the block without an error looks up what is left.
    """

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers) if workers else None
        self._waiting: list[tuple[Look, Tell]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._look()
        finally:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)

    def add(self, look: Look, tell: Tell) -> None:
        """Look something up, now or soon, and tell what is wrong with it."""
        if self._pool is None:
            tell(look())
            return
        self._waiting.append((look, tell))
        if len(self._waiting) == _MOST_WAITING:
            self._look()

    def _look(self) -> None:
        if self._pool is None:
            return
        waiting, self._waiting = self._waiting, []
        for (_, tell), faults in zip(
            waiting, self._pool.map(lambda each: each[0](), waiting), strict=True
        ):
            tell(faults)
