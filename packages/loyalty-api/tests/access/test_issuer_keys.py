from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from anyio import to_thread
from tests.token_issuer import TokenIssuer, ec_key, rsa_key

from loyalty_api.access.errors import IssuerUnavailable
from loyalty_api.access.fetching import CannotFetch, fetch
from loyalty_api.access.issuer_keys import IssuerKeys
from loyalty_api.access.key_sets import KeyName, KeySet, keys_in, load_keys
from loyalty_api.services import Result, run_in_thread, run_inline

FIRST = KeyName("key-1", "RS256")
SECOND = KeyName("key-2", "ES256")
NEW = KeyName("key-3", "ES256")


class SetClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def keys(issuer: TokenIssuer, clock: SetClock) -> IssuerKeys:
    return IssuerKeys(lambda: load_keys(issuer.url, fetch), run_in_thread, clock)


def _has(keys: IssuerKeys, name: KeyName) -> bool:
    return anyio.run(keys.find, name) is not None


def _asked(issuer: TokenIssuer) -> int:
    return issuer.asked.count("/keys")


def test_nothing_is_fetched_before_the_first_token(issuer: TokenIssuer, keys: IssuerKeys) -> None:
    assert issuer.asked == []
    assert _has(keys, FIRST)
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


def test_keys_are_fetched_once_for_many_tokens(
    issuer: TokenIssuer, keys: IssuerKeys, clock: SetClock
) -> None:
    for _ in range(50):
        assert _has(keys, FIRST)
        assert _has(keys, SECOND)
        clock.advance(minutes=1)

    assert _asked(issuer) == 1


def test_a_new_key_is_found_as_soon_as_it_signs(
    issuer: TokenIssuer, keys: IssuerKeys, clock: SetClock
) -> None:
    assert _has(keys, FIRST)
    issuer.keys.append(ec_key("key-3"))
    clock.advance(minutes=1)

    assert _has(keys, NEW)
    assert _has(keys, FIRST)
    assert _asked(issuer) == 2


def test_names_that_strangers_make_up_ask_the_issuer_once_a_minute(
    issuer: TokenIssuer, keys: IssuerKeys, clock: SetClock
) -> None:
    for second in range(300):
        assert not _has(keys, KeyName(f"made-up-{second}", "RS256"))
        clock.advance(seconds=1)

    assert _asked(issuer) == 5


def test_a_name_that_is_known_for_another_algorithm_is_not_known(keys: IssuerKeys) -> None:
    assert not _has(keys, KeyName("key-1", "ES256"))


def test_a_key_that_was_withdrawn_is_not_trusted_for_more_than_an_hour(
    issuer: TokenIssuer, keys: IssuerKeys, clock: SetClock
) -> None:
    assert _has(keys, FIRST)
    issuer.keys[:] = [rsa_key("key-4")]
    clock.advance(minutes=59)
    assert _has(keys, FIRST)
    clock.advance(minutes=1)

    assert not _has(keys, FIRST)
    assert _has(keys, KeyName("key-4", "RS256"))


def test_a_clock_that_was_set_back_does_not_keep_keys_for_ever(
    issuer: TokenIssuer, keys: IssuerKeys, clock: SetClock
) -> None:
    assert _has(keys, FIRST)
    issuer.keys[:] = [rsa_key("key-4")]
    clock.advance(days=-1)

    assert not _has(keys, FIRST)


def test_an_issuer_that_is_away_keeps_its_keys_and_is_asked_once_a_minute(
    issuer: TokenIssuer, keys: IssuerKeys, clock: SetClock
) -> None:
    assert _has(keys, FIRST)
    issuer.is_away = True
    issuer.asked.clear()
    clock.advance(hours=1)
    for _ in range(300):
        assert _has(keys, FIRST)
        assert not _has(keys, NEW)
        clock.advance(seconds=1)

    assert len(issuer.asked) == 5
    issuer.is_away = False
    issuer.keys.append(ec_key("key-3"))
    assert _has(keys, NEW)


def test_a_key_that_was_withdrawn_while_the_issuer_was_away_goes_a_minute_after_it_is_back(
    issuer: TokenIssuer, keys: IssuerKeys, clock: SetClock
) -> None:
    assert _has(keys, FIRST)
    issuer.is_away = True
    clock.advance(hours=1)
    assert _has(keys, FIRST)

    issuer.is_away = False
    issuer.keys[:] = [rsa_key("key-4")]
    clock.advance(minutes=1)

    assert not _has(keys, FIRST)


def test_what_is_not_to_be_used_keeps_the_keys_too(
    issuer: TokenIssuer, keys: IssuerKeys, clock: SetClock
) -> None:
    assert _has(keys, FIRST)
    issuer.keys.clear()
    clock.advance(hours=1)

    assert _has(keys, FIRST)


def test_without_any_key_nobody_can_be_checked_until_the_issuer_is_back(
    issuer: TokenIssuer, keys: IssuerKeys, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.is_away = True
    for _ in range(10):
        with pytest.raises(IssuerUnavailable):
            _has(keys, FIRST)
        clock.advance(seconds=1)
    assert len(issuer.asked) == 2  # every five seconds
    issuer.is_away = False

    assert _has(keys, FIRST)
    assert [record.message for record in caplog.records] == ["issuer keys"] * 2
    assert "answers 503" in caplog.records[0].__dict__["reason"]


class SlowIssuer:
    """Gives keys only when it is told to."""

    def __init__(self, *answers: KeySet | None) -> None:
        self._answers = list(answers)
        self.begun = 0
        self.go_on = anyio.Event()

    async def run(self, call: Callable[[], Result], /) -> Result:
        self.begun += 1
        await self.go_on.wait()
        return await to_thread.run_sync(call)

    def load(self) -> KeySet:
        answer = self._answers.pop(0)
        if answer is None:
            raise CannotFetch("away")
        return answer


def test_all_who_need_a_key_wait_for_the_same_answer(clock: SetClock) -> None:
    async def scenario() -> None:
        slow = SlowIssuer(keys_in({"keys": [rsa_key("key-1").public_jwk()]}))
        keys = IssuerKeys(slow.load, slow.run, clock)
        found = []

        async def find() -> None:
            found.append(await keys.find(FIRST))

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(find)
            await anyio.wait_all_tasks_blocked()
            assert found == []
            slow.go_on.set()
        assert len(found) == 20
        assert None not in found
        assert slow.begun == 1

    anyio.run(scenario)


def test_who_has_a_key_does_not_wait_while_keys_are_fetched_anew(clock: SetClock) -> None:
    async def scenario() -> None:
        both = keys_in({"keys": [rsa_key("key-1").public_jwk(), ec_key("key-2").public_jwk()]})
        slow = SlowIssuer(both, None)
        slow.go_on.set()
        keys = IssuerKeys(slow.load, slow.run, clock)
        await keys.find(FIRST)
        clock.advance(hours=1)
        slow.go_on = anyio.Event()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(keys.find, FIRST)
            await anyio.wait_all_tasks_blocked()
            assert slow.begun == 2
            for _ in range(20):
                assert await keys.find(SECOND) is not None
            slow.go_on.set()
        assert slow.begun == 2

    anyio.run(scenario)


def test_a_mistake_of_ours_is_not_taken_for_an_issuer_that_is_away(clock: SetClock) -> None:
    def mistaken() -> KeySet:
        raise ZeroDivisionError

    keys = IssuerKeys(mistaken, run_inline, clock)

    with pytest.raises(ZeroDivisionError):
        _has(keys, FIRST)
