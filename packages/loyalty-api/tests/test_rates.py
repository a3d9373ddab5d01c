"""The measure of each caller, with a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from loyalty_api import rates
from loyalty_api.application import create_app
from loyalty_api.rates import RateLimited, RequestRates
from loyalty_api.services import Inbox, Services, run_inline
from loyalty_shared.service.ledger import Ledger


class Watch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def _allowed(measure: RequestRates, caller: str, most: int = 1_000) -> int:
    for number in range(most):
        try:
            measure.take(caller)
        except RateLimited:
            return number
    return most


def test_two_seconds_may_come_at_once_and_then_so_many_a_second(watch: Watch) -> None:
    measure = RequestRates(10, watch)

    assert _allowed(measure, "ann") == 20
    watch.seconds += 0.5
    assert _allowed(measure, "ann") == 5
    watch.seconds += 3600
    assert _allowed(measure, "ann") == 20


def test_who_is_refused_loses_nothing_by_asking(watch: Watch) -> None:
    measure = RequestRates(1, watch)
    _allowed(measure, "ann")
    for _ in range(10):
        watch.seconds += 0.125
        _allowed(measure, "ann", most=1)

    assert _allowed(measure, "ann") == 0
    watch.seconds += 0.75
    assert _allowed(measure, "ann") == 1


@pytest.mark.parametrize(("per_second", "wait"), [(0.1, "10"), (1, "1"), (500, "1")])
def test_the_wait_is_for_as_long_as_it_takes(watch: Watch, per_second: float, wait: str) -> None:
    measure = RequestRates(per_second, watch)
    _allowed(measure, "ann", most=2_000)

    with pytest.raises(RateLimited) as refused:
        measure.take("ann")

    assert refused.value.headers["Retry-After"] == wait
    watch.seconds += int(wait)
    measure.take("ann")


def test_however_many_there_are_only_the_latest_are_remembered(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "_MOST_CALLERS", 100)
    measure = RequestRates(1, watch)
    for number in range(1_000):
        measure.take(f"caller {number}")
        _allowed(measure, "ann", most=1)

    assert len(measure._buckets) == 100  # noqa: SLF001 - it is the memory that counts
    assert _allowed(measure, "ann") == 0
    assert _allowed(measure, "caller 1") == 2


AskFrom = Callable[[str], int]


@pytest.fixture
def ask_from(ledger: Ledger, inbox: Inbox, watch: Watch) -> AskFrom:
    """Give what asks from an address, of a server that lets each caller ask twice."""
    services = Services(ledger, inbox, run_inline, run_inline)
    app = create_app(services, rates=RequestRates(1, watch))

    def ask(host: str) -> int:
        with TestClient(app, client=(host, 1)) as client:
            return client.get("/loyalty/program").status_code

    return ask


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::ffff:2"),  # in one network, which one caller has all of
        ("::ffff:192.0.2.1", "192.0.2.1"),  # as a server on :: sees an IPv4 address
    ],
)
def test_addresses_that_one_caller_has_share_what_one_may_ask(
    ask_from: AskFrom, one: str, other: str
) -> None:
    assert [ask_from(one), ask_from(other), ask_from(one)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.1", "192.0.2.2"),
        ("2001:db8::1", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ("a-name", "another"),  # what a proxy may say, or a socket that is a file
    ],
)
def test_addresses_of_two_callers_share_nothing(ask_from: AskFrom, one: str, other: str) -> None:
    assert [ask_from(one) for _ in range(3)] == [200, 200, 429]
    assert ask_from(other) == 200
