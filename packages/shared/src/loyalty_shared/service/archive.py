"""A whole ledger as lines of text: how it is carried from one store to another.

A line is a JSON object whose `kind` says what it is. The rows of a member stand together, the
entries in their order, so that whoever reads them can check the chain as they pass. The last line
counts the others, so that a file that was cut off shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from loyalty_shared.domain.errors import InvalidInput, LoyaltyError
from loyalty_shared.service.ports import (
    LedgerStore,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)


@dataclass(frozen=True, slots=True)
class StoredProgram:
    """A version of a program as it is kept."""

    program_id: str
    version: str
    body: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of a member."""

    member: MemberKey
    entry: StoredEntry


@dataclass(frozen=True, slots=True)
class MemberRow:
    """What the index of members by tier shows of a member."""

    member: MemberKey
    record: MemberRecord


@dataclass(frozen=True, slots=True)
class DueMark:
    """A day on which time alone changes a member."""

    member: MemberKey
    day: date


Row = StoredProgram | EntryRow | MemberRow | StoredReference | DueMark


class RowDiffers(LoyaltyError):
    """A row is in the store already, and is not the same."""

    code = "row_differs"


class LedgerArchive(LedgerStore, Protocol):
    """A store whose whole ledger can be read and written row by row."""

    def rows(self) -> Iterator[Row]:
        """Read every row, those of a member together and its entries in their order."""

    def put_rows(self, rows: Sequence[Row]) -> None:
        """Write rows as they are, durably; one that is there and the same is left alone.

        Raises:
            RowDiffers: when one is there and is not the same; others may be written.
            StoreUnavailable: when the store does not answer; others may be written.
        """


def encode_row(row: Row) -> str:
    """Write a row as a line, without its end."""
    return json.dumps(_fields(row), ensure_ascii=False, separators=(",", ":"))


def decode_row(line: str) -> Row:
    """Read a row.

    Raises:
        InvalidInput: with code `invalid_archive`.
    """
    try:
        return _row(json.loads(line))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput("not a line of an export", code="invalid_archive") from error


def _fields(row: Row) -> dict[str, object]:
    if isinstance(row, StoredProgram):
        return {
            "kind": "program",
            "program": row.program_id,
            "version": row.version,
            "body": row.body,
        }
    if isinstance(row, StoredReference):
        key = row.key
        return {
            "kind": "reference",
            "program": key.program_id,
            "of": key.kind,
            "id": key.id,
            "version": row.version,
            "body": row.body,
        }
    of_member = {"program": row.member.program_id, "member": row.member.member_id}
    if isinstance(row, EntryRow):
        return {"kind": "entry", **of_member, "seq": row.entry.seq, "body": row.entry.body}
    if isinstance(row, MemberRow):
        record = row.record
        since = str(record.tier_since)
        return {"kind": "member", **of_member, "tier": record.tier, "since": since}
    return {"kind": "due", **of_member, "day": str(row.day)}


def _row(fields: dict[str, Any]) -> Row:
    kind, program = fields["kind"], _text(fields["program"])
    if kind == "program":
        return StoredProgram(program, _text(fields["version"]), _text(fields["body"]))
    if kind == "reference":
        key = ReferenceKey(program, _text(fields["of"]), _text(fields["id"]))
        return StoredReference(key, int(fields["version"]), _text(fields["body"]))
    member = MemberKey(program, _text(fields["member"]))
    if kind == "entry":
        return EntryRow(member, StoredEntry(int(fields["seq"]), _text(fields["body"])))
    if kind == "member":
        since = date.fromisoformat(fields["since"])
        return MemberRow(member, MemberRecord(_text(fields["tier"]), since))
    if kind == "due":
        return DueMark(member, date.fromisoformat(fields["day"]))
    raise ValueError(kind)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
