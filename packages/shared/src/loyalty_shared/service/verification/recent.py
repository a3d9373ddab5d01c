"""What was met lately: enough where what belongs together comes together."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

Item = TypeVar("Item")

_MOST = 10_000


class Recent(Generic[Item]):
    """Remembers the last few thousand things that it was asked about."""

    def __init__(self) -> None:
        self._items: OrderedDict[Item, None] = OrderedDict()

    def is_new(self, item: Item) -> bool:
        """Say whether it has not been asked of this lately."""
        is_new = item not in self._items
        self._items[item] = None
        self._items.move_to_end(item)
        if len(self._items) > _MOST:
            self._items.popitem(last=False)
        return is_new
