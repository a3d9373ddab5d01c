"""The whole of a DynamoDB ledger, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from loyalty_shared.domain.errors import LedgerDamaged
from loyalty_shared.service.archive import DueMark, EntryRow, MemberRow, Row, StoredProgram
from loyalty_shared.service.ports import MemberKey, StoredReference
from loyalty_shared.storage.dynamodb import items, keys

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

MOST_ITEMS = 100  # in one transaction


def row_in(item: Item) -> Row:
    """Read an item as a row.

    Raises:
        LedgerDamaged: when it is none of ours.
    """
    partition, sort = item[keys.PARTITION]["S"], item[keys.SORT]["S"]
    kind, _, rest = partition.partition("#")
    program_id, _, name = rest.partition("#")
    if kind == "MEMBER":
        member = MemberKey(program_id, name)
        if sort == keys.MEMBER_SORT:
            return MemberRow(member, items.member_record_in(item))
        return EntryRow(member, items.entry_in(item))
    if kind == "REF":
        return items.reference_in(keys.reference_key_in(partition), item)
    if kind == "DUE":
        day, member_id = items.due_mark_in(item)
        return DueMark(MemberKey(program_id, member_id), day)
    if kind == "PROGRAM":
        return StoredProgram(program_id, keys.program_version_in(sort), items.program_in(item))
    raise LedgerDamaged(f"the table has an item {partition} that is none of ours")


def put_of(table: str, row: Row) -> TransactWriteItemTypeDef:
    """Write a row, on the condition that it is absent or the same."""
    item = _item(row)
    names = {f"#{number}": name for number, name in enumerate(item)}
    values = {f":{number}": value for number, value in enumerate(item.values())}
    same = " AND ".join(f"#{number} = :{number}" for number in range(len(item)))
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": f"attribute_not_exists({keys.PARTITION}) OR ({same})",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
    }


def _item(row: Row) -> dict[str, AttributeValueTypeDef]:
    if isinstance(row, EntryRow):
        return items.entry_item(row.member, row.entry)
    if isinstance(row, MemberRow):
        return items.member_record_item(row.member, row.record)
    if isinstance(row, StoredReference):
        return items.reference_item(row)
    if isinstance(row, DueMark):
        return items.due_item(row.member, row.day)
    return items.program_item(row.program_id, row.version, row.body)
