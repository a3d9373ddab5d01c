from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from loyalty_client import AsyncLoyaltyClient, LoyaltyClient


def _methods(kind: type) -> Mapping[str, Callable[..., Any]]:
    public = inspect.getmembers(kind, inspect.isfunction)
    return {name: method for name, method in public if not name.startswith("_")}


def test_both_clients_have_the_same_methods_with_the_same_words() -> None:
    sync, awaited = _methods(LoyaltyClient), dict(_methods(AsyncLoyaltyClient))
    awaited["close"] = awaited.pop("aclose")

    assert sync.keys() == awaited.keys()
    for name, method in sync.items():
        ours, theirs = inspect.signature(method), inspect.signature(awaited[name])
        assert ours.parameters == theirs.parameters, name
        assert ours.return_annotation == theirs.return_annotation.replace("AsyncListing", "Listing")
        assert method.__doc__ == awaited[name].__doc__, name
