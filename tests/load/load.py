"""Mixed load on a server in its own process, at the highest rate that holds."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.load.http_client import Client
from tests.load.shoppers import Seen, Shopper
from tests.server_process import Server

# Accepting is cheaper than processing. Who sends on regardless finds the rate of the one, not the
# rate that holds: where so many events wait, shoppers wait too.
_MOST_WAITING = 1_000
_DRAIN_SECONDS = 120
_KIBIBYTES_A_MEBIBYTE = 1_024


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment of the run."""

    seconds: float
    resident_mebibytes: float
    waiting: int


@dataclass
class Loaded:
    """What a run came to."""

    seconds: float
    seen: Seen
    samples: list[Sample]
    drain_seconds: float = 0.0
    members: int = 0
    differing: list[str] = field(default_factory=list)
    is_whole: bool = False
    logged: str = ""

    @property
    def requests(self) -> int:
        return sum(len(each) for each in self.seen.seconds.values())

    def resident_at(self, part: float) -> float:
        """Give the memory at a part of the run, as the median of the samples around it."""
        middle = round(part * (len(self.samples) - 1))
        around = self.samples[max(0, middle - 2) : middle + 3]
        return sorted(each.resident_mebibytes for each in around)[len(around) // 2]


def load(folder: Path, seconds: float, connections: int) -> Loaded:
    """Load a server for so long, and see what is left of it."""
    server = Server(folder)
    try:
        loaded, expected = asyncio.run(_load(server, seconds, connections))
        started = time.monotonic()
        _wait_until_drained(server)
        loaded.drain_seconds = time.monotonic() - started
        loaded.members = len(expected)
        loaded.differing = [
            f"{member}: {points} expected, {found} found"
            for member, points in expected.items()
            if (found := server.points(member)) != points
        ]
    finally:
        _, _, loaded_log = server.stop(signal.SIGTERM)
    loaded.logged = loaded_log
    loaded.is_whole = _is_whole(folder)
    return loaded


async def _load(server: Server, seconds: float, connections: int) -> tuple[Loaded, dict[str, int]]:
    seen, samples = Seen(), [_sample(server, 0.0)]
    day = datetime.now(UTC).isoformat(timespec="seconds")
    shoppers = [
        Shopper(number, await Client.connect(server.url), seen, day)
        for number in range(connections)
    ]
    started = time.monotonic()

    async def shop(shopper: Shopper) -> None:
        while time.monotonic() - started < seconds:
            await shopper.go_on()
            if samples[-1].waiting > _MOST_WAITING:
                await asyncio.sleep(0.1)

    async def watch() -> None:
        while time.monotonic() - started < seconds:
            await asyncio.sleep(0.5)
            now = time.monotonic() - started
            samples.append(await asyncio.to_thread(_sample, server, now))

    await asyncio.gather(watch(), *(shop(each) for each in shoppers))
    spent_seconds = time.monotonic() - started
    for each in shoppers:
        await each.leave()
    expected = {
        member: points for shopper in shoppers for member, points in shopper.expected().items()
    }
    return Loaded(spent_seconds, seen, samples), expected


def _sample(server: Server, seconds: float) -> Sample:
    words = ["ps", "-A", "-o", "pid=", "-o", "ppid=", "-o", "rss="]
    listed = subprocess.run(words, capture_output=True, check=True).stdout  # noqa: S603 - no input
    processes = [[int(number) for number in line.split()] for line in listed.splitlines()]
    # With the helper that it has while it is busy.
    kibibytes = sum(size for *ids, size in processes if server.process.pid in ids)
    return Sample(seconds, kibibytes / _KIBIBYTES_A_MEBIBYTE, _waiting(server))


def _waiting(server: Server) -> int:
    found = re.search(
        r"^loyalty_queue_messages (\S+)", server.client.get("/metrics").text, re.MULTILINE
    )
    assert found
    return int(float(found[1]))


def _wait_until_drained(server: Server) -> None:
    deadline = time.monotonic() + _DRAIN_SECONDS
    while _waiting(server):
        assert time.monotonic() < deadline, "the queue is not getting empty"
        time.sleep(0.02)


def _is_whole(folder: Path) -> bool:
    words = [sys.executable, "-m", "loyalty_server.command", "verify", "--json"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    return bool(json.loads(done.stdout)["whole"])
