"""The service on one store: processor and settle run, with a second process beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from packages.shared.tests.model.events import Sent
from packages.shared.tests.model.terms import Terms
from packages.shared.tests.model.troubled_store import TroubledNetworkStore, TroubledStore

from loyalty_event_processor.processor import EventProcessor
from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.domain.orders import Happening
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.encoding import decode_entry
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.ports import Clock, MemberRecord, StoredEntry
from loyalty_shared.service.settling import Settled, Watch, settle_due

_MORE_THAN_ANY = 10_000


class World:
    """A store, and what works on it.

    `ledger` meets the trouble of `front`; `other` is another process, which has none.
    """

    def __init__(self, store: LedgerArchive, clock: Clock, terms: Terms) -> None:
        self.store = store
        self.front = (TroubledNetworkStore if store.waits_for_network else TroubledStore)(store)
        self._clock = clock
        self._start(terms)

    def open(self, terms: Terms) -> None:
        """Start it all again, with another version of the program."""
        self.processor.close()
        self._start(terms)

    def _start(self, terms: Terms) -> None:
        rules = terms.file()
        self.ledger = Ledger(self.front, rules, self._clock, lambda _: None)
        self.other = Ledger(self.store, rules, self._clock, lambda _: None)
        self.processor = EventProcessor(self.ledger, lambda *_: None, workers=1)

    def happening(self, each: Sent) -> Happening:
        event = decode_event(strict_json.decode(each.message.body))
        return event.happening("EUR", each.message.received_at)

    def settle(self, is_time_left: Callable[[], bool]) -> Settled:
        watch = Watch(lambda _: None, lambda _member, _error: None, is_time_left)
        return settle_due(self.ledger, watch, workers=1)

    def entries_after(self, member: str, seq: int) -> Sequence[StoredEntry]:
        key = self.ledger.member_key(member)
        return list(self.store.entries_after(key, seq, _MORE_THAN_ANY))

    def lines_after(self, member: str, seq: int) -> bool:
        """Say whether an event left a line since."""
        entries = (decode_entry(each.body) for each in self.entries_after(member, seq))
        return any(each.type in (EntryType.EARN, EntryType.REVERSE) for each in entries)

    def member_record(self, member: str) -> MemberRecord | None:
        return self.store.member_record(self.ledger.member_key(member))

    def marks(self) -> list[date]:
        return list(self.store.due_days(self.ledger.program.id, date.max))

    def marks_of(self, member: str) -> list[date]:
        program_id = self.ledger.program.id
        return [day for day in self.marks() if member in self.store.due_members(program_id, day)]

    def close(self) -> None:
        self.processor.close()
        self.store.close()
