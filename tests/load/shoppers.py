"""Who makes the load: members who buy, look and spend, and what they must have in the end."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from expected_points import expected_points
from tests.load.http_client import Answer, Client

MEMBERS_OF_ONE = 20


@dataclass
class Seen:
    """What came back, of all shoppers together."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)


class Shopper:
    """One connection with members of its own, so that the order of their events is known."""

    def __init__(self, number: int, client: Client, seen: Seen, day: str) -> None:
        self._client = client
        self._seen = seen
        self._day = day
        self._chance = random.Random(number)  # noqa: S311 - a seed, so that a run can be repeated
        self.members = [f"load-{number}-{each}" for each in range(MEMBERS_OF_ONE)]
        self.events: list[dict[str, Any]] = []
        self.spent: Counter[str] = Counter()
        self._spendings: list[tuple[str, str, str]] = []

    async def go_on(self) -> None:
        """Do one thing."""
        doings: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self._buy, 45),
            (self._send_again, 5),
            (self._look_at_points, 20),
            (self._look_at_account, 8),
            (self._look_at_history, 7),
            (self._spend, 12),
            (self._spend_again, 3),
        ]
        [do] = self._chance.choices([each for each, _ in doings], [many for _, many in doings])
        await do()

    def expected(self) -> dict[str, int]:
        """Say what each member must have, computed apart from the service."""
        earned = expected_points(self.events)
        return {
            member: (earned[member].points if member in earned else 0) - self.spent[member]
            for member in self.members
        }

    async def leave(self) -> None:
        await self._client.close()

    async def _buy(self) -> None:
        event = {
            "userId": self._chance.choice(self.members),
            "orderId": f"{self.members[0]}-{len(self.events)}",
            "transactionId": "t",
            "totalAmount": f"{self._chance.randrange(100, 20_000) / 100:.2f}",
            "occurredAt": self._day,
        }
        await self._send(event)
        self.events.append(event)

    async def _send_again(self) -> None:
        if self.events:
            await self._send(self._chance.choice(self.events))

    async def _send(self, event: dict[str, Any]) -> None:
        body = json.dumps(event).replace(f'"{event["totalAmount"]}"', event["totalAmount"])
        await self._ask("event", HTTPStatus.ACCEPTED, "POST", "/loyalty/events", body)

    async def _look_at_points(self) -> None:
        path = f"/loyalty/points/{self._chance.choice(self.members)}"
        await self._ask("points", HTTPStatus.OK, "GET", path)

    async def _look_at_account(self) -> None:
        path = f"/loyalty/members/{self._chance.choice(self.members)}"
        await self._ask("account", HTTPStatus.OK, "GET", path, or_else="member_not_found")

    async def _look_at_history(self) -> None:
        path = f"/loyalty/members/{self._chance.choice(self.members)}/transactions"
        await self._ask("history", HTTPStatus.OK, "GET", path, or_else="member_not_found")

    async def _spend(self) -> None:
        member, points = self._chance.choice(self.members), self._chance.randrange(1, 100)
        body = json.dumps({"points": points})
        key = f"{self.members[0]}-{len(self._spendings)}-{self.spent.total()}"
        answer = await self._redeem(member, body, key)
        if answer.status == HTTPStatus.CREATED:
            self.spent[member] += points
            self._spendings.append((member, body, key))

    async def _spend_again(self) -> None:
        if self._spendings:
            answer = await self._redeem(*self._chance.choice(self._spendings))
            if answer.status != HTTPStatus.CREATED:
                self._seen.wrong["a redemption that was answered otherwise before"] += 1

    async def _redeem(self, member: str, body: str, key: str) -> Answer:
        path = f"/loyalty/members/{member}/redemptions"
        created = HTTPStatus.CREATED
        return await self._ask(
            "redemption", created, "POST", path, body, key, or_else="insufficient_points"
        )

    async def _ask(  # noqa: PLR0913, PLR0917 - as many as a request has
        self,
        kind: str,
        status: HTTPStatus,
        method: str,
        path: str,
        body: str | None = None,
        key: str = "",
        *,
        or_else: str = "",
    ) -> Answer:
        started = time.perf_counter()
        answer = await self._client.ask(method, path, body, key)
        self._seen.seconds[kind].append(time.perf_counter() - started)
        if answer.status != status and not (or_else and or_else in answer.body.decode()):
            self._seen.wrong[f"{kind}: {answer.status} {answer.body.decode()[:200]}"] += 1
        return answer
