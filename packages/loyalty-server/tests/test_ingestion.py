from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO

import pytest

from loyalty_event_processor.outcomes import Result
from loyalty_event_processor.processor import EventProcessor
from loyalty_server.ingestion import Ingestion, Tally, ingest_alone
from loyalty_server.lines import read_lines
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.errors import BeingErased, StoreUnavailable, TooMuchContention
from loyalty_shared.service import queries
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import Append
from loyalty_shared.storage.memory import MemoryLedgerStore

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


class TroubledStore(MemoryLedgerStore):
    """Raises the troubles that it is given, one an append, and then works."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Exception] = []

    def append(self, append: Append) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        super().append(append)


class Bench:
    """An ingestion, and what it told of itself."""

    def __init__(self) -> None:
        self.store = TroubledStore()
        self.ledger = Ledger(self.store, default_program(), lambda: NOW, lambda _seconds: None)
        self.processor = EventProcessor(self.ledger, lambda *_each: None, workers=1)
        self.rejected: list[str] = []
        self.pauses: list[float] = []
        self.read_bytes = 0
        self.ingestion = Ingestion(self.processor, self.pauses.append, NOW)

    def run(self, content: bytes) -> Tally:
        total = Tally()
        for size, tally in ingest_alone(read_lines(BytesIO(content)), self.ingestion):
            total.add(tally)
            self.rejected += tally.rejected
            self.read_bytes += size
        return total


@pytest.fixture
def bench() -> Bench:
    return Bench()


def _line(order: str) -> bytes:
    event = {"userId": "ann", "orderId": order, "transactionId": "t-1", "totalAmount": 10}
    return json.dumps(event).encode() + b"\n"


def test_a_store_that_stays_away_ends_it_and_rejects_no_line(bench: Bench) -> None:
    bench.store.troubles = [StoreUnavailable("no answer")] * 100

    with pytest.raises(StoreUnavailable, match="stopped at line 2, run it again to go on"):
        bench.run(b"\n" + _line("o-1") + _line("o-2"))

    assert (bench.rejected, len(bench.pauses)) == ([], 5)


def test_running_it_again_once_the_store_is_back_finishes_it(bench: Bench) -> None:
    content = _line("o-1") + _line("o-2")
    bench.store.troubles = [StoreUnavailable("no answer")] * 100
    with pytest.raises(StoreUnavailable):
        bench.run(content)
    bench.store.troubles = []

    bench.run(content)

    assert queries.balance(bench.ledger, "ann") == 20


def test_a_store_that_is_away_for_a_moment_is_asked_again(bench: Bench) -> None:
    bench.store.troubles = [StoreUnavailable("no answer")] * 4
    content = _line("o-1")

    tally = bench.run(content)

    assert tally.results == {Result.PROCESSED: 1}
    assert (tally.points_issued, bench.rejected, bench.pauses) == (10, [], [1.0] * 4)
    assert bench.read_bytes == len(content)


def test_a_mistake_of_ours_rejects_its_line_at_once_and_the_rest_goes_on(bench: Bench) -> None:
    bench.store.troubles = [RuntimeError("a mistake")]

    tally = bench.run(_line("o-1") + _line("o-2"))

    assert tally.results == {Result.PROCESSED: 1, Result.REJECTED: 1}
    assert bench.pauses == []
    [rejected] = [json.loads(each) for each in bench.rejected]
    assert (rejected["line"], rejected["code"]) == (1, "unexpected_error")
    assert rejected["reason"] == "RuntimeError: a mistake"
    assert queries.balance(bench.ledger, "ann") == 10


@pytest.mark.parametrize("trouble", [TooMuchContention("others"), BeingErased("just now")])
def test_a_line_that_may_succeed_later_is_tried_again(bench: Bench, trouble: Exception) -> None:
    bench.store.troubles = [trouble]

    tally = bench.run(_line("o-1"))

    assert (tally.results, bench.rejected) == ({Result.PROCESSED: 1}, [])
