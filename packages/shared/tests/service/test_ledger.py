import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from loyalty_shared.contracts.program_file import ProgramFile, default_program, read_program
from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.errors import OrderOfAnotherMember, StoreUnavailable, TooMuchContention
from loyalty_shared.domain.orders import AlreadyRecorded, Purchase
from loyalty_shared.domain.purchases import decide_purchase
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    LedgerStore,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.standing import Standing
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

Bought = Callable[..., Purchase]
Rules = Callable[..., ProgramFile]

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MEMBER = MemberKey("default", "m-1")
WHOSE = hashlib.sha256(b"default#m-1").hexdigest()  # what entry 1 carries: whose ledger it is


class ObservedStore(MemoryLedgerStore):
    """A memory store where a rival may get in before each append, and that notes what it did.

    It is one that a network is between, where reads cost.
    """

    waits_for_network = True

    def __init__(self, *rivals: Callable[[], object]) -> None:
        super().__init__()
        self.rivals = list(rivals)
        self.appends: list[Append] = []
        self.tries = 0
        self.kept_programs: list[str] = []
        self.reads: list[str] = []

    def newest_entry(self, member: MemberKey, *, consistent: bool = True) -> StoredEntry | None:
        self.reads.append("newest, consistent" if consistent else "newest, maybe old")
        return super().newest_entry(member, consistent=consistent)

    def reference(self, key: ReferenceKey) -> StoredReference | None:
        self.reads.append("reference")
        return super().reference(key)

    def append(self, append: Append) -> None:
        self.tries += 1
        if self.rivals:
            self.rivals.pop(0)()
        super().append(append)
        self.appends.append(append)

    def keep_program(self, program_id: str, version: str, body: str) -> None:
        assert not self.appends
        self.kept_programs.append(version)
        super().keep_program(program_id, version, body)


def ledger_on(store: LedgerStore, *moments: datetime, pauses: list[float] | None = None) -> Ledger:
    """A ledger with the default program, whose clock shows the moments and stays at the last."""
    left = list(moments or [NOON])

    def clock() -> datetime:
        return left.pop(0) if len(left) > 1 else left[0]

    def pause(longest: float) -> None:
        assert pauses is not None, "there is nobody to wait for"
        pauses.append(longest)

    return Ledger(store, default_program(), clock, pause)


def entries_of(store: LedgerStore, member: MemberKey = MEMBER) -> list[Entry]:
    return [decode_entry(stored.body) for stored in store.entries_after(member, 0, 1000)]


def conflict() -> None:
    raise AppendConflict(seq_taken=True)


# ------------------------------------------------------------------ what is written


def test_a_first_purchase_writes_all_that_goes_with_it(bought: Bought) -> None:
    store = ObservedStore()

    entry = record_purchase(ledger_on(store), bought("600"))

    assert isinstance(entry, Entry)
    assert (entry.seq, entry.order_id, entry.previous_hash) == (1, "A-1", WHOSE)
    assert (entry.occurred_at, entry.recorded_at) == (bought("600").occurred_at, NOON)
    (append,) = store.appends
    (appended,) = append.members
    assert [decode_entry(each.body) for each in appended.entries] == [entry]
    assert appended.record == MemberRecord("Bronze", date(2026, 5, 4))
    (reference,) = append.references
    assert (reference.key.kind, reference.key.id, reference.version) == ("order", "A-1", 1)


def test_a_first_delivery_reads_the_newest_entry_and_nothing_else(bought: Bought) -> None:
    store = ObservedStore()
    ledger = ledger_on(store)

    for number in range(3):
        record_purchase(ledger, bought("10", order=f"A-{number}"))

    assert store.reads == ["newest, consistent"] * 3


def test_the_member_is_written_with_the_first_entry_and_when_the_tier_changes(
    bought: Bought,
) -> None:
    store = ObservedStore()
    ledger = ledger_on(store)

    for number, amount in enumerate(["100", "100", "400", "10"]):
        record_purchase(ledger, bought(amount, order=f"A-{number}"))

    records = [append.members[0].record for append in store.appends]
    tiers = [record and record.tier for record in records]
    assert tiers == ["Basic", None, "Bronze", None]
    assert store.member_record(MEMBER) == MemberRecord("Bronze", date(2026, 5, 4))


def test_the_dates_that_a_member_is_due_on_are_handed_to_the_store(
    rules: Callable[..., ProgramFile], bought: Bought
) -> None:
    store = MemoryLedgerStore()
    file = rules("earning: {points_per_unit: 1, pending_days: 3}", "expiry: {after_days: 9}")
    ledger = Ledger(store, file, lambda: NOON, lambda _: None)

    record_purchase(ledger, bought("10"))

    assert list(store.due_members("default", date(2026, 5, 7))) == ["m-1"]
    assert list(store.due_members("default", date(2026, 5, 14))) == ["m-1"]
    assert list(store.due_members("default", date(2026, 5, 13))) == []


def test_what_a_rule_answers_instead_of_a_draft_is_the_answer() -> None:
    store = ObservedStore()

    answer = ledger_on(store).record("m-1", lambda standing: f"nothing, at {standing.next_seq}")

    assert answer == "nothing, at 1"
    assert store.tries == 0


def test_each_entry_carries_the_hash_of_the_one_before(bought: Bought) -> None:
    store = MemoryLedgerStore()
    ledger = ledger_on(store)

    for number in range(5):
        record_purchase(ledger, bought("10", order=f"A-{number}"))

    stored = store.entries_after(MEMBER, 0, 10)
    hashes = [hashlib.sha256(each.body.encode()).hexdigest() for each in stored]
    assert [json.loads(each.body)["previous"] for each in stored] == [WHOSE, *hashes[:-1]]
    assert [each.seq for each in stored] == [1, 2, 3, 4, 5]


# ------------------------------------------------------------------ time


def test_an_entry_is_recorded_to_the_millisecond(bought: Bought) -> None:
    ledger = ledger_on(MemoryLedgerStore(), NOON.replace(microsecond=999_999))

    entry = record_purchase(ledger, bought("10"))

    assert isinstance(entry, Entry)
    assert entry.recorded_at == NOON.replace(microsecond=999_000)


def test_when_the_clock_goes_back_recorded_times_do_not(bought: Bought) -> None:
    hour = timedelta(hours=1)
    store = MemoryLedgerStore()
    ledger = ledger_on(store, NOON, NOON - hour, NOON - 2 * hour, NOON + hour)

    for number in range(4):
        record_purchase(ledger, bought("10", order=f"A-{number}"))

    assert [entry.recorded_at for entry in entries_of(store)] == [NOON, NOON, NOON, NOON + hour]


# ------------------------------------------------------------------ rivals


def test_after_a_rivals_entry_it_is_read_and_decided_again(bought: Bought) -> None:
    pauses: list[float] = []
    store = ObservedStore()
    rival, ledger = ledger_on(store), ledger_on(store, pauses=pauses)
    store.rivals = [lambda: record_purchase(rival, bought("5000", order="A-1"))]

    entry = record_purchase(ledger, bought("100", order="A-2"))

    assert isinstance(entry, Entry)
    assert (entry.seq, entry.points) == (2, 150)  # as Gold, which the rival's made the member
    assert [each.order_id for each in entries_of(store)] == ["A-1", "A-2"]
    assert entry.account.lifetime.earned == 5150
    assert pauses == [0.002]


def test_a_rivals_record_of_the_same_order_is_found_and_handed_to_the_rule(
    bought: Bought,
) -> None:
    pauses: list[float] = []
    store = ObservedStore()
    rival, ledger = ledger_on(store), ledger_on(store, pauses=pauses)
    store.rivals = [lambda: record_purchase(rival, bought("100"))]

    answer = record_purchase(ledger, bought("100"))

    assert isinstance(answer, AlreadyRecorded)
    assert answer.order.bought is not None
    assert (answer.order.order_id, answer.order.points, answer.order.bought.seq) == ("A-1", 100, 1)
    assert len(entries_of(store)) == 1
    assert store.tries == 2  # the rival's, and the one that found it
    assert pauses == [0.002]


def test_nobody_is_waited_for_where_only_the_order_was_in_the_way(bought: Bought) -> None:
    store = ObservedStore()
    ledger = ledger_on(store)  # it may not pause
    record_purchase(ledger, bought("100", member="m-1"))
    record_purchase(ledger, bought("100", member="m-1", order="A-2"))

    with pytest.raises(OrderOfAnotherMember):
        record_purchase(ledger, bought("100", member="m-2"))
    assert isinstance(record_purchase(ledger, bought("100", member="m-1")), AlreadyRecorded)

    assert entries_of(store, MemberKey("default", "m-2")) == []
    assert store.tries == 4  # two that were written, two that found the order


def test_a_reference_that_was_found_is_written_at_its_next_version(bought: Bought) -> None:
    store = ObservedStore()
    ledger = ledger_on(store)
    found: list[int | None] = []

    def decide(standing: Standing) -> Draft:
        known = standing.order("A-1")
        found.append(known.points if known else None)
        draft = decide_purchase(
            ledger.program, bought("100"), standing.account, standing.occasion()
        )
        assert isinstance(draft, Draft)
        return draft

    for _ in range(3):
        ledger.record("m-1", decide)

    assert found == [None, None, 100, None, 100]
    assert [append.references[0].version for append in store.appends] == [1, 2, 3]
    assert [append.members[0].entries[0].seq for append in store.appends] == [1, 2, 3]


def test_it_gets_through_when_the_last_of_many_rivals_has_gone(bought: Bought) -> None:
    pauses: list[float] = []
    store = ObservedStore(*[conflict] * 63)

    entry = record_purchase(ledger_on(store, pauses=pauses), bought("100"))

    assert isinstance(entry, Entry)
    assert len(entries_of(store)) == 1
    assert pauses[:8] == [0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.2]
    assert pauses[8:] == [0.2] * 55


def test_it_gives_up_when_rivals_do_not_stop(bought: Bought) -> None:
    store = ObservedStore(*[conflict] * 1000)

    with pytest.raises(TooMuchContention):
        record_purchase(ledger_on(store, pauses=[]), bought("100"))

    assert store.tries == 64
    assert entries_of(store) == []


def test_it_gives_up_on_a_store_that_refuses_and_does_not_say_why(bought: Bought) -> None:
    def refuse() -> None:
        raise AppendConflict(seq_taken=False)

    store = ObservedStore(*[refuse] * 1000)

    with pytest.raises(TooMuchContention):
        record_purchase(ledger_on(store), bought("100"))


def test_many_threads_on_one_member_lose_nothing(bought: Bought) -> None:
    store = MemoryLedgerStore()
    ledger = Ledger(store, default_program(), lambda: NOON, lambda _: None)
    purchases = [bought("1", order=f"A-{number % 40}") for number in range(80)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda purchase: record_purchase(ledger, purchase), purchases))

    entries = entries_of(store)
    assert sum(isinstance(answer, Entry) for answer in answers) == 40
    assert {entry.order_id for entry in entries} == {f"A-{number}" for number in range(40)}
    assert [entry.account.lifetime.earned for entry in entries] == list(range(1, 41))


# ------------------------------------------------------------------ the rules beside the ledger


def test_the_rules_are_kept_once_and_before_the_first_entry(bought: Bought) -> None:
    store = ObservedStore()  # it accepts no rules after an entry
    ledger = ledger_on(store)

    for number in range(3):
        record_purchase(ledger, bought("10", order=f"A-{number}"))

    version = entries_of(store)[0].program_version
    assert store.kept_programs == [version]
    kept = store.program("default", version)
    assert kept is not None
    assert read_program(kept, "kept") == default_program()


def test_no_entry_is_written_where_its_rules_could_not_be_kept(bought: Bought) -> None:
    class FailsOnce(MemoryLedgerStore):
        has_failed = False

        def keep_program(self, program_id: str, version: str, body: str) -> None:
            if not self.has_failed:
                self.has_failed = True
                raise StoreUnavailable("not now")
            super().keep_program(program_id, version, body)

    store = FailsOnce()
    ledger = ledger_on(store)

    with pytest.raises(StoreUnavailable):
        record_purchase(ledger, bought("10"))
    assert entries_of(store) == []

    record_purchase(ledger, bought("10"))
    assert store.program("default", ledger.program.version) is not None


def test_the_rules_stay_when_the_first_batch_is_undone(tmp_path: Path, bought: Bought) -> None:
    store = SqliteLedgerStore(tmp_path)
    ledger = ledger_on(store)

    def record_and_fail() -> None:
        with ledger.batch():
            record_purchase(ledger, bought("10"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record_and_fail()
    assert store.newest_entry(MEMBER) is None

    with ledger.batch():
        record_purchase(ledger, bought("10"))
    assert len(entries_of(store)) == 1
    assert store.program("default", ledger.program.version) is not None
    store.close()


def test_a_store_that_does_not_answer_is_not_asked_again(bought: Bought) -> None:
    def fail() -> None:
        raise StoreUnavailable("gone")

    store = ObservedStore(fail)

    with pytest.raises(StoreUnavailable):
        record_purchase(ledger_on(store), bought("10"))
    assert store.tries == 1


def test_a_history_cannot_be_passed_off_as_another_members(bought: Bought) -> None:
    store = MemoryLedgerStore()
    ledger = ledger_on(store)

    for member in ("m-1", "m-2"):
        record_purchase(ledger, bought("10", member=member, order=f"A-{member}"))

    ann, bob = (entries_of(store, MemberKey("default", each))[0] for each in ("m-1", "m-2"))
    assert ann.previous_hash != bob.previous_hash


def test_a_redelivery_reads_the_newest_entry_once(bought: Bought) -> None:
    store = ObservedStore()
    ledger = ledger_on(store)
    record_purchase(ledger, bought("10"))
    store.reads.clear()

    assert isinstance(record_purchase(ledger, bought("10")), AlreadyRecorded)

    assert store.reads == ["newest, consistent"]


def test_what_comes_late_is_due_on_the_day_it_comes(rules: Rules, bought: Bought) -> None:
    store = MemoryLedgerStore()
    expiring = rules("expiry: {after_days: 10}")
    ledger = Ledger(store, expiring, lambda: NOON, lambda _seconds: None)

    record_purchase(ledger, bought("10", "2020-01-01T12:00:00Z"))

    assert list(store.due_members("default", date(2020, 1, 12))) == []
    assert list(store.due_members("default", ledger.program.date_of(NOON))) == ["m-1"]
