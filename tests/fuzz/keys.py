"""Keys: no two things of the ledger share one, in DynamoDB or in SQLite."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.fuzz import nasty
from tests.fuzz.target import Target, require

from loyalty_shared.contracts.identifiers import identifier
from loyalty_shared.service.ports import MemberKey, ReferenceKey
from loyalty_shared.storage.dynamodb import keys
from loyalty_shared.storage.sqlite.keys import key_in, text_key

_PROGRAMS = ("default", "d", "default-", "0", "order", "ann", "member", "entry")
_KINDS = ("order", "key", "restored", "request")
_TIERS = ("Basic", "Gold", "Gold#1", "#", "default#Gold")
_DAY = date(2026, 1, 1)


@dataclass(frozen=True)
class Row:
    """What a row is: its kind, and all that makes it another than others of that kind."""

    kind: str
    program: str
    id: str
    more: str | int = ""

    def member(self) -> MemberKey:
        return MemberKey(self.program, self.id)


class Keys(Target[tuple[Row, Row]]):
    """Two rows that are alike, or the same."""

    def make(self, random: Random) -> tuple[Row, Row]:
        row = _row(random)
        other = _row(random)
        if random.random() < 0.6:
            # Ids that hold what the key of the other one is made of.
            parts = (row.program, row.id, str(row.more), other.id, row.kind)
            id_ = random.choice("#:/$ ").join(random.sample(parts, 2))[:128]
            near = random.choice((row, other))
            other = Row(near.kind, row.program, valid(id_), near.more)
        return row, other if random.random() < 0.95 else row

    def check(self, given: tuple[Row, Row]) -> str:
        one, other = given
        is_same = one == other
        require((_dynamodb_key(one) == _dynamodb_key(other)) == is_same, "two rows share a key")
        for row in given:
            _check_row(row)
        if one.kind == other.kind == "reference":
            first, second = (text_key(_reference(row)) for row in given)
            require((first == second) == is_same, "two references share a key")
        if one.kind == other.kind == "due":
            _check_range(one, other)
        return "same" if is_same else "different"


def _row(random: Random) -> Row:
    kind = random.choice(("entry", "member", "reference", "due", "program", "tier"))
    program = random.choice(_PROGRAMS)
    id_ = valid(nasty.text(random))
    match kind:
        case "entry":
            return Row(kind, program, id_, random.randrange(1, 10 ** random.randrange(1, 13)))
        case "reference":
            return Row(kind, program, id_, random.choice(_KINDS))
        case "due":
            return Row(kind, program, id_, str(_DAY + timedelta(days=random.randrange(3))))
        case "program":
            return Row(kind, program, f"{random.randrange(16**12):012x}")
        case "tier":
            return Row(kind, program, id_, random.choice(_TIERS))
        case _:
            return Row(kind, program, id_)


def valid(text: str) -> str:
    """Keys are made of ids that are valid; whatever is none becomes one."""
    try:
        return identifier(text)
    except ValueError:
        return identifier("".join(each for each in text if each.isprintable())[:128].strip() or "#")


def _dynamodb_key(row: Row) -> tuple[str, str]:
    if row.kind == "tier":  # in an index, which sorts a tier's members by id
        return keys.tier_partition(row.program, str(row.more)), row.id
    key = {
        "entry": lambda: keys.entry_key(row.member(), int(row.more)),
        "member": lambda: keys.member_record_key(row.member()),
        "reference": lambda: keys.reference_key(_reference(row)),
        "due": lambda: keys.due_key(row.member(), date.fromisoformat(str(row.more))),
        "program": lambda: keys.program_key(row.program, row.id),
    }[row.kind]()
    return key[keys.PARTITION]["S"], key[keys.SORT]["S"]


def _reference(row: Row) -> ReferenceKey:
    return ReferenceKey(row.program, str(row.more), row.id)


def _check_row(row: Row) -> None:
    """What a key was made of can be read from it; it has no more bytes than DynamoDB takes."""
    partition, sort = _dynamodb_key(row)
    require(len(partition.encode()) <= 2048 and len(sort.encode()) <= 1024, "a key is too long")
    match row.kind:
        case "reference":
            reference = _reference(row)
            require(keys.reference_key_in(partition) == reference, "a reference is read otherwise")
            require(key_in(text_key(reference)) == reference, "a text is read otherwise")
        case "due":
            found = (date.fromisoformat(str(row.more)), row.id)
            require(keys.due_mark_in(sort) == found, "a due mark is read otherwise")
        case "entry":
            require(keys.seq_of(sort) == row.more, "a place is read otherwise")


def _check_range(one: Row, other: Row) -> None:
    """Who asks for the marks of a day gets those of that day."""
    start, end = (each.encode() for each in keys.due_range(date.fromisoformat(str(one.more))))
    _, sort = _dynamodb_key(other)
    is_listed = start < sort.encode() < end
    require(is_listed == (one.more == other.more), "a day lists what is another's")
