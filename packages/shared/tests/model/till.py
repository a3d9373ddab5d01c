"""Spends points in a scene, and gives spent ones back, asking for each thing more than once."""

from __future__ import annotations

import pytest
from packages.shared.tests.model.scene import Scene
from packages.shared.tests.model.troubled_store import Trouble

from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.domain.errors import AlreadyRestored, InsufficientPoints, TryAgain
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service import queries
from loyalty_shared.service.redemptions import Asking, redeem, restore
from loyalty_shared.service.transaction_ids import transaction_id


class Till:
    """Where members of a scene spend."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._asked = 0
        self._restored: set[str] = set()

    def spend(self, member: str, most: int, trouble: Trouble | None = None) -> None:
        """Spend up to `most` of what there is, once, though it is asked for twice."""
        scene = self._scene
        points = min(most, queries.balance(scene.worlds[0].ledger, member))
        if points == 0:
            return
        asking = self._asking(member)
        for world in scene.worlds:
            world.front.expect(trouble)
            try:
                redeem(world.ledger, asking, Redemption(points))
            except TryAgain:
                assert trouble
            world.front.expect(None)
            again = redeem(world.ledger, asking, Redemption(points))
            assert again.is_replayed or trouble
        scene.spent[member] += points
        scene.check()

    def spend_too_much(self, member: str) -> None:
        """Ask for more than there is."""
        asking = self._asking(member)
        for world in self._scene.worlds:
            points = queries.balance(world.ledger, member) + 1
            with pytest.raises(InsufficientPoints):
                redeem(world.ledger, asking, Redemption(points))
        self._scene.check()

    def give_back(self, member: str, which: int) -> None:
        """Give back what was spent, once."""
        scene = self._scene
        spent = [each for each in scene.audits[member].entries if each.type is EntryType.REDEEM]
        if not spent:
            return
        entry = spent[-1 - which % len(spent)]
        wanted, asking = self._id_of(member, entry), self._asking(member)
        for world in scene.worlds:
            if wanted in self._restored:
                with pytest.raises(AlreadyRestored):
                    restore(world.ledger, asking, wanted)
            else:
                assert restore(world.ledger, asking, wanted).entry.points == -entry.points
        if wanted not in self._restored:
            self._restored.add(wanted)
            scene.spent[member] += entry.points
        scene.check()

    def _asking(self, member: str) -> Asking:
        self._asked += 1
        return Asking(member, f"key-{self._asked}", None)

    def _id_of(self, member: str, entry: Entry) -> str:
        key = self._scene.worlds[0].ledger.member_key(member)
        return transaction_id(key, entry.seq, entry.recorded_at)
