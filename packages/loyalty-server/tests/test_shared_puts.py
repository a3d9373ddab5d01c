from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence

import pytest

from loyalty_server.shared_puts import SharedPuts
from loyalty_shared.domain.errors import StoreUnavailable


class SlowInbox:
    """Puts when it is let; notes what came together."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.groups: list[list[str]] = []
        self.troubles: list[Exception] = []

    def put(self, bodies: Sequence[str]) -> None:
        self.groups.append(list(bodies))
        assert self.may_go_on.wait(10)
        if self.troubles:
            raise self.troubles.pop(0)


def _run(scene: Coroutine[None, None, None]) -> None:
    # Who is never answered fails a test, and does not hold it up for ever.
    asyncio.run(asyncio.wait_for(scene, timeout=60))


async def _begun(puts: SharedPuts, *bodies: Sequence[str]) -> list[asyncio.Task[None]]:
    """Let requests begin, one after the other, until each waits."""
    tasks = []
    for each in bodies:
        tasks.append(asyncio.create_task(puts.put(each)))
        await asyncio.sleep(0.01)
    return tasks


def test_what_comes_while_one_is_under_way_shares_the_next_put() -> None:
    async def scene() -> None:
        inbox = SlowInbox()
        tasks = await _begun(SharedPuts(inbox), ["a"], ["b", "c"], ["d"])
        assert not any(task.done() for task in tasks)

        inbox.may_go_on.set()
        await asyncio.gather(*tasks)

        assert inbox.groups == [["a"], ["b", "c", "d"]]

    _run(scene())


def test_every_request_of_a_put_that_failed_is_told_and_the_next_is_not() -> None:
    async def scene() -> None:
        inbox = SlowInbox()
        inbox.troubles = [StoreUnavailable("first"), StoreUnavailable("second")]
        puts = SharedPuts(inbox)
        tasks = await _begun(puts, ["a"], ["b"], ["c"])

        inbox.may_go_on.set()
        told = await asyncio.gather(*tasks, return_exceptions=True)
        await puts.put(["d"])

        assert [str(each) for each in told] == ["first", "second", "second"]
        assert inbox.groups[-1] == ["d"]

    _run(scene())


def test_who_goes_away_keeps_nobody_from_being_answered() -> None:
    async def scene() -> None:
        inbox = SlowInbox()
        first, gone, last = await _begun(SharedPuts(inbox), ["a"], ["b"], ["c"])

        gone.cancel()
        inbox.may_go_on.set()
        await asyncio.gather(first, last)

        with pytest.raises(asyncio.CancelledError):
            await gone
        assert inbox.groups == [["a"], ["b", "c"]]

    _run(scene())


def test_it_goes_on_in_another_event_loop() -> None:
    inbox = SlowInbox()
    inbox.may_go_on.set()
    puts = SharedPuts(inbox)

    for body in ("a", "b"):
        asyncio.run(puts.put([body]))

    assert inbox.groups == [["a"], ["b"]]
