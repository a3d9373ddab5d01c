"""Events of many requests go into the queue together, in one commit and by one thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from loyalty_api.services import Inbox, run_in_thread


class SharedPuts:
    """Puts what requests bring into an inbox; for one event loop.

    What comes while a commit is under way waits for the next. A thread for each request would wait
    for the same commits, and to wake it costs more than to read the event.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._waiting: list[tuple[Sequence[str], asyncio.Future[None]]] = []
        self._putting: asyncio.Task[None] | None = None

    async def put(self, bodies: Sequence[str]) -> None:
        """Queue bodies, durably, or raise `StoreUnavailable`; then sending all again is safe."""
        is_done = asyncio.get_running_loop().create_future()
        self._waiting.append((bodies, is_done))
        if self._putting is None:
            self._putting = asyncio.create_task(self._put_all())
        await is_done

    async def _put_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            bodies = [body for each, _ in group for body in each]
            failure: Exception | None = None
            try:
                await run_in_thread(lambda bodies=bodies: self._inbox.put(bodies))  # type: ignore[misc]
            except Exception as error:  # noqa: BLE001 - whatever it is, each request is told
                failure = error
            if not self._waiting:
                self._putting = None  # before anybody goes on who may put again
            for _, is_done in group:
                if is_done.done():  # who asked is gone
                    continue
                if failure is None:
                    is_done.set_result(None)
                else:
                    is_done.set_exception(failure)
