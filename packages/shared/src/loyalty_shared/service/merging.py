"""Merge two members into one, and undo it."""

from __future__ import annotations

from collections import Counter

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.merging import Party, decide_merge, decide_undoing
from loyalty_shared.domain.replay import Change
from loyalty_shared.service import queries
from loyalty_shared.service.commands import Asking, Done, perform_for_both
from loyalty_shared.service.entries import entries_of, entry_at
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.standing import Standing


def merge(ledger: Ledger, asking: Asking, into: str) -> Done:
    """Let all that a member has be another one's, and what comes under its id from now on.

    Raises:
        MemberNotFound: when the ledger has no entry of the member.
        CannotMerge: when these are one already, or one of them has holds or requests open.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """

    def decide(source: Standing, target: Standing) -> tuple[Draft, Draft]:
        if source.before is None:
            raise queries.no_member()
        return decide_merge(ledger.program, _party(source), _party(target))

    return perform_for_both(ledger, asking.command({"merge into": into}), into, decide)


def undo_merge(ledger: Ledger, asking: Asking) -> Done:
    """Give a member that was merged back what it brought, and what came under its id since.

    Raises:
        MemberNotFound: when the ledger has no entry of the member.
        NotMerged: when it is not merged into another one.
        CannotMerge: when that one has holds or requests open.
        IdempotencyKeyReused: when the key was used for another request.
        TryAgain: when the ledger could not be written for now.
    """

    def decide(source: Standing, target: Standing) -> tuple[Draft, Draft]:
        if source.before is None:
            raise queries.no_member()
        brought = _brought(ledger, source, target)
        return decide_undoing(ledger.program, _party(source), _party(target), brought)

    # The target is found by its source: whoever that is merged into.
    command = asking.command({"undo merge": asking.member_id})
    return perform_for_both(ledger, command, asking.member_id, decide)


def _party(standing: Standing) -> Party:
    return Party(standing.account, standing.occasion())


def _brought(ledger: Ledger, source: Standing, target: Standing) -> list[Change]:
    merge = source.before
    if merge is None or source.account.merged_into != target.member.member_id:
        return []  # there is no such merge, as the rule will say
    source_id, target_id = source.member.member_id, target.member.member_id
    first = Change(Account(), entry_at(ledger, source_id, merge.seq - 1).account)
    # The last time counts: they may have been merged, and parted, before.
    return [first, *_came_under(ledger, source_id, target_id)[-1]]


def _came_under(
    ledger: Ledger, source_id: str, target_id: str, of: frozenset[str] | None = None
) -> list[list[Change]]:
    """List what came under the ids of a source, for each time that it was merged into the target.

    `of` are these ids, where not all of them count. While the target itself was merged into a third
    one, it came there.
    """
    times: list[list[Change]] = []
    ids: frozenset[str] = frozenset()
    before = Account()
    elsewhere: Counter[str] = Counter()
    for entry in entries_of(ledger, target_id):
        if entry.type is EntryType.MERGE and entry.other == source_id:
            ids = of or frozenset(entry.account.merged) - frozenset(before.merged)
            times.append([])
        elif entry.type is EntryType.UNMERGE and before.merged_into is not None and times:
            there = _came_under(ledger, target_id, before.merged_into, ids)
            times[-1] += there[elsewhere[before.merged_into]]
            elsewhere[before.merged_into] += 1
        elif entry.came_as in ids:
            times[-1].append(Change(before, entry.account))
        before = entry.account
    return times
