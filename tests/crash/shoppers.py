"""Clients who send until they are answered, or give up, and keep books of what they were told."""

from __future__ import annotations

import threading
import time
from collections import Counter
from random import Random

import httpx2
from tests.crash.running import PATIENCE_SECONDS, event

_OUTAGE_SECONDS = 0.05
_Key = tuple[str, str]  # whose order or command it is, and its id


class Books:
    """What the shoppers know. Whatever is in `given_up` may have happened, once, or not."""

    def __init__(self) -> None:
        self.orders: dict[_Key, int] = {}
        self.refunds: dict[_Key, int] = {}
        self.spent: dict[_Key, int] = {}
        self.given_up: dict[_Key, int] = {}
        self.answers = 0
        self.outages = 0


class Shopper(threading.Thread):
    """One client with members of its own and one that all share; every decision is the seed's."""

    def __init__(self, url: str, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.books = Books()
        self.is_done = threading.Event()
        self._url = url
        self._chance = Random(f"{name} {seed}")  # noqa: S311 - a seed, so that a run can be repeated
        self._members = [f"{name}-0", f"{name}-1", "shared"]
        self._count = Counter[str]()
        self._failure: BaseException | None = None

    def run(self) -> None:
        try:
            with httpx2.Client(base_url=self._url, timeout=PATIENCE_SECONDS) as client:
                self._client = client
                while not self.is_done.is_set():
                    acts = (self._buy, self._buy, self._buy, self._redeem, self._hold)
                    self._chance.choice(acts)(self._chance.choice(self._members))
        except BaseException as error:  # noqa: BLE001 - for the thread that waits for this one
            self._failure = error

    def finish(self) -> Books:
        """Let it come to the end of what it is at."""
        self.is_done.set()
        self.join()
        if self._failure is not None:
            raise self._failure
        return self.books

    def _buy(self, member: str) -> None:
        orders = {
            self._new("order"): self._chance.randint(1, 500)
            for _ in range(self._chance.choice((1, 1, 5, 40)))
        }
        refunds = {
            order: self._chance.randint(1, amount)
            for order, amount in orders.items()
            if self._chance.random() < 0.3
        }
        events = [event(member, order, amount) for order, amount in orders.items()]
        events += [
            {
                "detail-type": "OrderRefunded",
                "detail": {
                    "userId": member,
                    "orderId": order,
                    "refundId": f"{order}-r",
                    "amount": amount,
                },
            }
            for order, amount in refunds.items()
        ]
        # Some come twice, and a refund may come before its order.
        events += [each for each in events if self._chance.random() < 0.2]
        self._chance.shuffle(events)
        may_give_up = not refunds
        body = events if len(events) > 1 else events[0]
        answer = self._send("/loyalty/events", body, may_give_up=may_give_up)
        to = self.books.orders if answer else self.books.given_up
        to.update({(member, order): amount for order, amount in orders.items()})
        self.books.refunds.update({(member, order): each for order, each in refunds.items()})

    def _redeem(self, member: str) -> None:
        key, points = self._new("key"), self._chance.randint(1, 50)
        url = f"/loyalty/members/{member}/redemptions"
        answer = self._send(url, {"points": points, "description": key}, key, may_give_up=True)
        if answer is None:
            self.books.given_up[member, key] = points
        elif answer.status_code == 201:
            self.books.spent[member, key] = points

    def _hold(self, member: str) -> None:
        key, points = self._new("key"), self._chance.randint(2, 50)
        url = f"/loyalty/members/{member}/holds"
        wish = {"points": points, "expiresInSeconds": 3600}
        held = self._send(url, wish, key)
        assert held is not None
        if held.status_code != 201:
            return
        body = {"points": points // 2, "description": f"{key}-c"}
        captured = self._send(f"{url}/{held.json()['holdId']}/capture", body, f"{key}-c")
        assert captured is not None
        assert captured.status_code in {200, 201}, captured.text
        self.books.spent[member, f"{key}-c"] = points // 2

    def _send(
        self, url: str, body: object, key: str | None = None, *, may_give_up: bool = False
    ) -> httpx2.Response | None:
        headers = {"Idempotency-Key": key} if key else {}
        while True:
            try:
                answer = self._client.post(url, json=body, headers=headers)
            except httpx2.TransportError:
                self.books.outages += 1
                if may_give_up and self._chance.random() < 0.2:
                    return None
                time.sleep(_OUTAGE_SECONDS)
                continue
            if answer.status_code != 503:
                assert answer.status_code in {200, 201, 202, 409}, answer.text
                self.books.answers += 1
                return answer

    def _new(self, kind: str) -> str:
        self._count[kind] += 1
        return f"{self.name}-{kind}-{self._count[kind]}"
