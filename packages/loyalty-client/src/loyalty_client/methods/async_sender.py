"""What the methods of an asynchronous client stand on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

from loyalty_client.calls.call import Call

T = TypeVar("T")


class AsyncSender(ABC):
    """Sends calls."""

    @abstractmethod
    async def send(self, call: Call[T]) -> T:
        """Send a call, again where that may help, and read its answer.

        Raises:
            LoyaltyProblem: when it is refused, or not answered.
        """
