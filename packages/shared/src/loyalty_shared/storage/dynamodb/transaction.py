"""One `Append` as one transaction, and what a cancelled one says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from loyalty_shared.domain.errors import StoreUnavailable
from loyalty_shared.service.archive import Row
from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    ReferenceKey,
    StoredReference,
)
from loyalty_shared.storage.dynamodb import items, keys

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        PutTypeDef,
        TransactWriteItemTypeDef,
    )

_ABSENT = f"attribute_not_exists({keys.PARTITION})"

_NOTHING = "None"  # is wrong with this write
_TAKEN = "ConditionalCheckFailed"
_RIVAL = "TransactionConflict"  # another transaction holds one of the items just now
_THROTTLED = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})
_UNDERSTOOD = _THROTTLED | {_NOTHING, _TAKEN, _RIVAL}


def writes_of(table: str, append: Append) -> list[TransactWriteItemTypeDef]:
    """Write an append: the entries first, then the references in their order, then the rest."""
    puts: list[PutTypeDef] = [
        {
            "TableName": table,
            "Item": items.entry_item(each.member, entry),
            "ConditionExpression": _ABSENT,
        }
        for each in append.members
        for entry in each.entries
    ]
    puts += [_reference_put(table, reference) for reference in append.references]
    for each in append.members:
        if each.record:
            record = items.member_record_item(each.member, each.record)
            puts.append({"TableName": table, "Item": record})
        # DynamoDB refuses to write an item twice in one transaction, so each date counts once.
        puts += [
            {"TableName": table, "Item": items.due_item(each.member, day)}
            for day in dict.fromkeys(each.due_on)
        ]
    return [{"Put": put} for put in puts]


def conflict_of(
    append: Append,
    error: ClientError,
    read: Callable[[ReferenceKey], StoredReference | None],
) -> AppendConflict:
    """Say what was in the way of a cancelled append that was not throttled.

    `read` is for a reference that was in the way and is not shown.

    Raises:
        ClientError: the given one, when a reason is none that a later try can mend.
    """
    reasons = _reasons(error)
    codes = {reason["Code"] for reason in reasons}
    entries = sum(len(each.entries) for each in append.members)
    of_entries, of_others = reasons[:entries], reasons[entries:]  # as `writes_of` orders them
    found = [
        _shown(reference.key, reason) or read(reference.key)
        for reference, reason in zip(append.references, of_others, strict=False)
        if reason["Code"] == _TAKEN
    ]
    return AppendConflict(
        # Who the rival is does not show; to read again will show it.
        seq_taken=_RIVAL in codes or any(reason["Code"] == _TAKEN for reason in of_entries),
        references=tuple(reference for reference in found if reference),
    )


def is_throttled(error: ClientError) -> bool:
    """Say whether DynamoDB cancelled a transaction only to be asked for less.

    Raises:
        ClientError: the given one, when a reason is none that a later try can mend.
    """
    return {reason["Code"] for reason in _reasons(error)} <= _THROTTLED | {_NOTHING}


def rows_in_the_way(rows: Sequence[Row], error: ClientError) -> list[Row]:
    """List those of the rows that a cancelled transaction was to put, and that differ there.

    Raises:
        StoreUnavailable: when there are none, since a rival was in the way.
    """
    found = [
        row for row, reason in zip(rows, _reasons(error), strict=True) if reason["Code"] == _TAKEN
    ]
    if not found:
        raise StoreUnavailable("somebody else writes to the same items") from error
    return found


def _reasons(error: ClientError) -> Sequence[Mapping[str, Any]]:
    reasons: Sequence[Mapping[str, Any]] = error.response.get("CancellationReasons", [])
    if not reasons or not {reason["Code"] for reason in reasons} <= _UNDERSTOOD:
        raise error
    return reasons


def _reference_put(table: str, reference: StoredReference) -> PutTypeDef:
    put: PutTypeDef = {
        "TableName": table,
        "Item": items.reference_item(reference),
        "ConditionExpression": _ABSENT,
        # A conflict then shows what stands there, and nobody needs to read it.
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if reference.version > 1:
        put["ConditionExpression"] = "#version = :before"
        put["ExpressionAttributeNames"] = {"#version": items.VERSION}
        put["ExpressionAttributeValues"] = {":before": {"N": str(reference.version - 1)}}
    return put


def _shown(key: ReferenceKey, reason: Mapping[str, Any]) -> StoredReference | None:
    item: Mapping[str, AttributeValueTypeDef] | None = reason.get("Item")
    return items.reference_in(key, item) if item else None
