"""A fuzz is worth something if it notices: each way to be careless is caught."""

from __future__ import annotations

import pytest
from tests.fuzz.mutations import MUTATIONS, Mutation
from tests.fuzz.running import Failed, fuzz

_INPUTS = 5_000  # so many may be needed to notice


@pytest.mark.parametrize(
    ("target", "mutation"), MUTATIONS, ids=lambda each: getattr(each, "__name__", each)
)
def test_carelessness_is_caught(
    target: str, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutation(monkeypatch)
    with pytest.raises(Failed) as caught:
        fuzz(seed=1, inputs=_INPUTS, names=[target])
    # It shall be the service that is wrong, and not a mutation that no longer fits the code.
    assert not isinstance(caught.value.__cause__, TypeError | AttributeError | NameError)
