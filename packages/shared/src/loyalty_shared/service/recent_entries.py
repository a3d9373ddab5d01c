"""Entries that were written a moment ago, so that who writes the next ones need not decode them."""

from __future__ import annotations

from loyalty_shared.domain.entries import Entry
from loyalty_shared.service.encoding import decode_entry

_MOST_KEPT = 4_096  # some 4 KB each


class RecentEntries:
    """Entries by their texts. What a text says never changes, so none is ever out of date.

    Whether it is still a member's newest is for the store to say: it is asked for that text.
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def read(self, body: str) -> Entry:
        """Read an entry from its text; it is forgotten, since another one follows it.

        Raises:
            LedgerDamaged: when it is none.
        """
        return self._entries.pop(body, None) or decode_entry(body)

    def keep(self, body: str, entry: Entry) -> None:
        """Keep an entry with the text that it was written as."""
        if len(self._entries) >= _MOST_KEPT:
            self._entries.clear()  # those of members who are busy are back at once
        self._entries[body] = entry
