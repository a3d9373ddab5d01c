"""A DynamoDB ledger to be verified: it is read while others go on writing."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from loyalty_shared.service.ports import MemberKey
from loyalty_shared.storage.dynamodb import keys
from loyalty_shared.storage.dynamodb.store import DynamoLedgerStore


class DynamoLedgerToVerify(DynamoLedgerStore):
    """The store, and look-ups that nothing but a verification makes."""

    is_snapshot: ClassVar[bool] = False

    def is_due(self, member: MemberKey, day: date) -> bool:
        """Say whether a member is on the list of a day."""
        return self._reader.item(keys.due_key(member, day)) is not None
