"""The deployed system as its clients meet it: events on the bus, balances over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx2
from tests.aws_stack import access_to
from tests.stack_clients import Queues, Shop, Stack, listening, order, points, refund, wait_for

from loyalty_shared.contracts.program_file import program_at

pytest_plugins = ("tests.deployed_stack",)


def test_an_event_on_the_bus_becomes_points(shop: Shop, app: httpx2.Client) -> None:
    shop.publish(order("ann", "ann-1", 120))

    assert points(app, "ann", 120) == 120


def test_what_comes_twice_counts_once(shop: Shop, app: httpx2.Client, queues: Queues) -> None:
    for _ in range(2):
        shop.publish(order("bob", "bob-1", 50))
    app.post("/loyalty/events", json=order("bob", "bob-1", 50)).raise_for_status()

    assert points(app, "bob", 50) == 50
    queues.wait_until_processed()
    account = app.get("/loyalty/members/bob").json()
    assert (account["seq"], account["points"]["available"]) == (1, 50)


def test_points_are_given_by_the_program_that_was_built_in(
    shop: Shop, app: httpx2.Client, program_file: Path
) -> None:
    shop.publish(order("kim", "kim-1", 30))

    # Members are kept by the program's id, so that the API finds one says that it reads the same.
    assert points(app, "kim", 30) == 30
    [entry] = app.get("/loyalty/members/kim/transactions").json()["items"]
    assert entry["breakdown"]["programVersion"] == program_at(program_file).version()


def test_orders_of_one_member_all_count(shop: Shop, app: httpx2.Client, queues: Queues) -> None:
    for number in range(12):
        shop.publish(order("cleo", f"cleo-{number}", 10))

    assert points(app, "cleo", 120) == 120
    queues.wait_until_processed()
    page = app.get("/loyalty/members/cleo/transactions").json()
    assert [each["seq"] for each in page["items"]] == list(range(12, 0, -1))


def test_an_event_over_http_becomes_points(app: httpx2.Client) -> None:
    answer = app.post("/loyalty/events", json=[order("dan", "dan-1", 7), order("dan", "dan-2", 8)])

    assert (answer.status_code, answer.json()) == (202, {"accepted": 2})
    assert points(app, "dan", 15) == 15


def test_a_refund_on_the_bus_takes_points_back(shop: Shop, app: httpx2.Client) -> None:
    shop.publish(order("leo", "leo-1", 100))
    assert points(app, "leo", 100) == 100
    shop.publish(refund("leo", "leo-1", 40), detail_type="OrderRefunded")

    assert points(app, "leo", 60) == 60
    [reversed_, _] = app.get("/loyalty/members/leo/transactions").json()["items"]
    assert (reversed_["type"], reversed_["points"]) == ("REVERSE", -40)


def test_a_refund_may_come_before_its_order(shop: Shop, app: httpx2.Client) -> None:
    shop.publish(refund("mia", "mia-1", 25), detail_type="OrderRefunded")
    answer = wait_for(lambda: app.get("/loyalty/members/mia"), lambda found: found.is_success)
    assert answer.json()["points"]["available"] == 0
    shop.publish(order("mia", "mia-1", 100))

    assert points(app, "mia", 75) == 75


def test_members_are_found_by_their_tier(shop: Shop, app: httpx2.Client) -> None:
    shop.publish(order("nia", "nia-1", 20))
    shop.publish(order("ned", "ned-1", 500))
    assert (points(app, "nia", 20), points(app, "ned", 500)) == (20, 500)

    def members_of(tier: str) -> set[str]:
        page = app.get("/loyalty/members", params={"tier": tier, "limit": 100})
        return {each["memberId"] for each in page.raise_for_status().json()["items"]}

    assert members_of("Basic") & {"nia", "ned"} == {"nia"}
    assert members_of("Bronze") & {"nia", "ned"} == {"ned"}


def test_another_event_on_the_bus_goes_nowhere(
    shop: Shop, app: httpx2.Client, queues: Queues
) -> None:
    shop.publish(order("eve", "eve-1", 5), detail_type="OrderShipped")
    shop.publish(order("eve", "eve-2", 6))

    assert points(app, "eve", 6) == 6
    queues.wait_until_processed()
    assert points(app, "eve", 6) == 6
    assert app.get("/loyalty/orders/eve-1").status_code == 404
    assert queues.dead_letters("eve-1") == []


def test_what_can_never_succeed_becomes_a_dead_letter_that_says_why(
    shop: Shop, app: httpx2.Client, queues: Queues
) -> None:
    shop.publish({"userId": "fay", "orderId": "fay-1", "transactionId": "t"})
    shop.publish(order("fay", "fay-2", 9))

    [letter] = wait_for(lambda: queues.dead_letters("fay-1"), bool)
    attributes = {name: each["StringValue"] for name, each in letter["MessageAttributes"].items()}
    assert attributes["code"] == "invalid_event"
    assert "totalAmount" in attributes["reason"]
    assert json.loads(letter["Body"])["detail-type"] == "OrderCompleted"
    assert points(app, "fay", 9) == 9


def test_dead_letters_are_looked_at_sent_again_and_dropped(
    stack: Stack, shop: Shop, queues: Queues, tmp_path: Path
) -> None:
    def dead_letters(*words: str) -> str:
        urls = {
            "LOYALTY_QUEUE_URL": stack.outputs["QueueUrl"],
            "LOYALTY_DEAD_LETTER_QUEUE_URL": stack.outputs["DeadLetterQueueUrl"],
        }
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "loyalty_server.command", "dead-letters", *words],
            cwd=tmp_path,
            env=os.environ | access_to(stack.endpoint) | urls,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ids() -> list[str]:
        letters = json.loads(dead_letters("list", "--json"))
        return [each["id"] for each in letters if "ivy-1" in each["body"]]

    shop.publish({"userId": "ivy", "orderId": "ivy-1", "transactionId": "t"})
    [first] = wait_for(ids, bool)
    shown = json.loads(dead_letters("show", first, "--json"))
    assert (shown["id"], shown["code"]) == (first, "invalid_event")

    dead_letters("retry", first)
    queues.wait_until_processed()
    [again] = wait_for(ids, bool)
    assert again != first

    dead_letters("drop", again)
    assert ids() == []


def test_an_order_belongs_to_one_member(shop: Shop, app: httpx2.Client, queues: Queues) -> None:
    shop.publish(order("gil", "gil-1", 4))
    assert points(app, "gil", 4) == 4
    shop.publish(order("guy", "gil-1", 4))

    [letter] = wait_for(lambda: queues.dead_letters("gil-1"), bool)
    assert letter["MessageAttributes"]["code"]["StringValue"] == "order_of_another_member"
    assert points(app, "guy", 0) == 0


def test_points_earned_are_told_to_whoever_listens(
    stack: Stack, shop: Shop, app: httpx2.Client
) -> None:
    with listening(stack, "PointsEarned") as heard:
        for number in range(3):
            shop.publish(order("hal", f"hal-{number}", 5))
        assert points(app, "hal", 15) == 15

        told = wait_for(
            lambda: [each for each in heard() if each["detail"]["memberId"] == "hal"],
            lambda events: len(events) == 3,
        )
    assert [(each["detail-type"], each["source"]) for each in told] == [
        ("PointsEarned", "loyalty")
    ] * 3
    assert [each["detail"]["seq"] for each in told] == [1, 2, 3]
    assert [each["detail"]["balance"] for each in told] == [5, 10, 15]


def test_another_tier_is_told_to_whoever_listens(
    stack: Stack, shop: Shop, app: httpx2.Client
) -> None:
    with listening(stack, "TierChanged") as heard:
        shop.publish(order("jim", "jim-1", 10))
        assert points(app, "jim", 10) == 10
        shop.publish(order("jim", "jim-2", 500))

        [told] = wait_for(heard, bool)
    detail = told["detail"]
    assert (detail["memberId"], detail["previousTier"], detail["tier"]) == (
        "jim",
        "Basic",
        "Bronze",
    )
