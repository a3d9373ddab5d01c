"""A server that is killed at random moments, while clients send as if nothing was the matter."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tests.crash.running import RunningServer, run
from tests.crash.shoppers import Books, Shopper

KILLS = int(os.environ.get("LOYALTY_KILLS", "50"))
_SHOPPERS = 4
_SEED = 7


def test_killed_at_random_moments_it_loses_nothing_accepted_and_does_nothing_twice(
    folder: Path, rules: Path
) -> None:
    chance, started = random.Random(_SEED), time.monotonic()  # noqa: S311 - a seed, to repeat it
    first = RunningServer(folder, 0, "--program", str(rules))
    url = first.wait_for_greeting()
    shoppers = [Shopper(url, f"shopper{number}", _SEED) for number in range(_SHOPPERS)]
    for each in shoppers:
        each.start()
    _run_and_kill(first, chance)
    port = int(url.rpartition(":")[2])
    for _ in range(KILLS - 1):
        server = RunningServer(folder, port)
        if chance.random() < 0.2:  # before it serves: while it mends what the last one left
            time.sleep(chance.uniform(0.1, 1.0))
            server.kill()
        else:
            server.wait_for_greeting()
            _run_and_kill(server, chance)
    seconds = time.monotonic() - started

    last = RunningServer(folder, port)
    last.wait_for_greeting()
    books = [each.finish() for each in shoppers]
    last.wait_until_processed()

    sys.stdout.write(f"{KILLS} kills in {seconds:.0f} s, {_summary(books)}\n")
    assert all(each.answers and each.outages for each in books)
    assert last.metric("loyalty_dead_letters") == 0
    _compare(last, books)
    assert last.stop() == 0
    report = json.loads(run("verify", "--data", folder, "--json").stdout)
    assert (report["whole"], report["faultCount"]) == (True, 0)


def _run_and_kill(server: RunningServer, chance: random.Random) -> None:
    time.sleep(chance.uniform(0.05, 1.5))
    server.kill()


def _compare(server: RunningServer, books: list[Books]) -> None:
    """Compare what each member has with what the clients know, by nothing but sums."""
    members = {member for each in books for member, _ in (*each.orders, *each.spent)}
    assert "shared" in members
    for member in members:
        history = _history(server, member)
        bought = _ids(history, "EARN", "orderId")
        commands = _ids(history, "REDEEM", "description")
        told_orders, told_spent = defaultdict[str, int](int), defaultdict[str, int](int)
        for each in books:
            known = each.orders | {key: n for key, n in each.given_up.items() if key[1] in bought}
            told_orders |= {order: n for (whose, order), n in known.items() if whose == member}
            known = each.spent | {key: n for key, n in each.given_up.items() if key[1] in commands}
            told_spent |= {key: n for (whose, key), n in known.items() if whose == member}
        assert bought == Counter(dict.fromkeys(told_orders, 1)), member
        assert commands == Counter(dict.fromkeys(told_spent, 1)), member
        refunded = sum(
            n for each in books for (whose, _), n in each.refunds.items() if whose == member
        )
        lifetime = server.client.get(f"/loyalty/members/{member}").json()["lifetime"]
        earned = sum(told_orders.values()) - refunded
        assert lifetime["earned"] - lifetime["reversed"] == earned, member
        assert lifetime["redeemed"] == sum(told_spent.values()), member


def _ids(history: list[dict[str, Any]], kind: str, field: str) -> Counter[str]:
    return Counter(each[field] for each in history if each["type"] == kind)


def _history(server: RunningServer, member: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        url = f"/loyalty/members/{member}/transactions"
        page = server.client.get(url, params={"limit": "100", **cursor}).json()
        items += page["items"]
        if page["nextCursor"] is None:
            return items
        cursor = {"cursor": page["nextCursor"]}


def _summary(books: list[Books]) -> str:
    orders = sum(len(each.orders) for each in books)
    refunds = sum(len(each.refunds) for each in books)
    spent = sum(len(each.spent) for each in books)
    answers = sum(each.answers for each in books)
    outages = sum(each.outages for each in books)
    given_up = sum(len(each.given_up) for each in books)
    return (
        f"{answers} answers, {orders} orders, {refunds} refunds, {spent} redemptions and captures,"
        f" {outages} requests without an answer, {given_up} given up"
    )
