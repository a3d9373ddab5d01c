"""One failure of the store, wherever in a delivery it comes, leaves every store alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from packages.shared.tests.model.events import Bought, GaveBack
from packages.shared.tests.model.scene import Scene
from packages.shared.tests.model.terms import Terms
from packages.shared.tests.model.troubled_store import Trouble

from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.storage.memory import MemoryLedgerStore

OpenStore = Callable[[], LedgerArchive]

# More than a delivery of one message calls for, so that no call of it is spared.
TROUBLES = [
    *(Trouble("read", number, "not done") for number in (1, 2, 3, 4)),
    *(Trouble("append", number, "not done") for number in (1, 2, 3)),
    *(Trouble("append", number, "done") for number in (1, 2, 3)),
    *(Trouble("append", number, "conflict") for number in (1, 2, 3)),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
@pytest.mark.parametrize("other", ["new_sqlite", "new_dynamodb"])
def test_a_delivery_that_the_store_fails_once_ends_alike_on_every_store(
    request: pytest.FixtureRequest, other: str, trouble: Trouble
) -> None:
    new: OpenStore = request.getfixturevalue(other)
    scene = Scene([MemoryLedgerStore(), new()], Terms(expiry=30))
    first, second, repeated = (Bought("ann", name, 10_000, scene.now) for name in "ABA")
    refund = GaveBack("ann", "B", "refund", 4_000, scene.now)

    try:
        for event in (first, second, repeated, refund):
            scene.deliver_in_trouble(scene.send(event), trouble, is_patient=False)
            scene.now += timedelta(seconds=1)
        scene.check_all_alike()
    finally:
        scene.close()
