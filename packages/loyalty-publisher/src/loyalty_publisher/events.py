"""The events that the ledger publishes: the contract of docs/events/.

What is in a published version stays as it is; fields may be added, and who reads an event passes
over those that are new. Anything else is a new `schemaVersion`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from loyalty_shared.contracts.identifiers import LONGEST_IDENTIFIER
from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.service.ports import MemberKey, MemberRecord
from loyalty_shared.service.transaction_ids import transaction_id

SOURCE = "loyalty"

TIER_CHANGED = "TierChanged"
POINTS_EVENTS: Mapping[EntryType, str] = MappingProxyType(
    {
        EntryType.EARN: "PointsEarned",
        EntryType.REVERSE: "PointsReversed",
        EntryType.ACTIVATE: "PointsActivated",
        EntryType.EXPIRE: "PointsExpired",
        EntryType.TIER: "TierSettled",
        EntryType.REDEEM: "PointsRedeemed",
        EntryType.RESTORE: "PointsRestored",
        EntryType.CORRECT: "PointsCorrected",
        EntryType.HOLD: "PointsHeld",
        EntryType.RELEASE: "HoldReleased",
        EntryType.LAPSE: "HoldLapsed",
        EntryType.ADJUST: "PointsAdjusted",
        EntryType.REQUEST: "AdjustmentRequested",
        EntryType.DECLINE: "AdjustmentDeclined",
        EntryType.MERGE: "MemberMerged",
        EntryType.UNMERGE: "MergeUndone",
        EntryType.ERASE: "MemberErased",
    }
)
"""The detail type that each type of entry is published as; a test holds that there is one."""

# Said, not checked: what is in the ledger was checked when it came, and must be published.
_Id = Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_IDENTIFIER})]


class Detail(BaseModel):
    """What every event has."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        serialize_by_alias=True,
        json_schema_serialization_defaults_required=True,
    )

    schema_version: Literal[1] = Field(
        default=1, description="The version of this schema. Added fields do not change it."
    )
    program_id: str = Field(description="The program whose ledger this is.")
    member_id: _Id = Field(description="Whom it happened to: the shop's userId.")


class PointsDetail(Detail):
    """An entry of a member's ledger: what happened to points, and the account after it."""

    transaction_id: str = Field(
        description="The entry's id, as in the API. The same event has the same one however often"
        " it is delivered: the idempotency key.",
        json_schema_extra={"format": "uuid"},
    )
    seq: int = Field(ge=1, description="The entry's place in the member's ledger: 1, 2, 3 …")
    type: str = Field(description="The type of the entry.")
    points: int = Field(description="How many points, signed.")
    order_id: _Id | None = Field(description="The order behind it, null where there is none.")
    occurred_at: datetime = Field(description="When it happened, by the shop's clock.")
    recorded_at: datetime = Field(description="When the ledger took it, by its own clock.")
    balance: int = Field(
        description="All points that the member has after it, those included that cannot be used"
        " yet or whose expiry is not written yet."
    )
    held: int = Field(description="Points set aside after it, not in the balance.")
    debt: int = Field(description="Points owed after it, which the next ones pay first.")
    tier: str = Field(
        description="The member's tier after it; empty for one who was merged or erased."
    )
    program_version: str = Field(description="The version of the rules that it was computed by.")
    follows: str | None = Field(
        description="The transactionId of the entry that it ends or undoes, such as a hold or a"
        " redemption; null where there is none."
    )
    other_member_id: _Id | None = Field(
        description="The other one of two members that are merged or parted, else null."
    )


class TierDetail(Detail):
    """A member's tier became another one."""

    change_id: str = Field(
        description="The change's id. The same event has the same one however often it is"
        " delivered: the idempotency key."
    )
    tier: str = Field(description="The tier now.")
    previous_tier: str = Field(description="The tier until now.")
    since: date = Field(description="The first day of the tier, in the program's time zone.")
    recorded_at: datetime = Field(description="When the ledger took it, to the second.")


@dataclass(frozen=True, slots=True)
class Event:
    """An event to publish.

    `member` is whose events keep their order. `sequence_number` is the place in the stream that it
    was read from.
    """

    sequence_number: str
    member: MemberKey
    detail_type: str
    time: datetime
    detail: PointsDetail | TierDetail

    @property
    def key(self) -> str:
        """The idempotency key."""
        detail = self.detail
        return detail.transaction_id if isinstance(detail, PointsDetail) else detail.change_id


def points_event(sequence_number: str, member: MemberKey, entry: Entry) -> Event:
    """Tell of a new entry.

    Raises:
        KeyError: when nobody said what entries of its type are published as.
    """
    account = entry.account
    detail = PointsDetail(
        program_id=member.program_id,
        member_id=member.member_id,
        transaction_id=transaction_id(member, entry.seq, entry.recorded_at),
        seq=entry.seq,
        type=entry.type.value,
        points=entry.points,
        order_id=entry.order_id,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        balance=sum(lot.points for lot in account.lots),
        held=account.held,
        debt=account.debt,
        tier=account.tier,
        program_version=entry.program_version,
        follows=entry.follows,
        other_member_id=entry.other,
    )
    return Event(sequence_number, member, POINTS_EVENTS[entry.type], entry.recorded_at, detail)


def tier_event(  # noqa: PLR0913 - a change, and where and when it was seen
    sequence_number: str,
    member: MemberKey,
    *,
    before: MemberRecord,
    after: MemberRecord,
    recorded_at: datetime,
    change_id: str,
) -> Event:
    """Tell of another tier."""
    detail = TierDetail(
        program_id=member.program_id,
        member_id=member.member_id,
        change_id=change_id,
        tier=after.tier,
        previous_tier=before.tier,
        since=after.tier_since,
        recorded_at=recorded_at,
    )
    return Event(sequence_number, member, TIER_CHANGED, recorded_at, detail)
