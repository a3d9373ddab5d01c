"""The Lambda functions of the service: one line each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """A workspace package that is a function, and the callable that Lambda calls in it."""

    name: str
    handler: str

    @property
    def archive(self) -> str:
        """The file name of its bundle."""
        return f"{self.name}.zip"


FUNCTIONS = (
    Function("loyalty-api", "loyalty_api.aws.handler"),
    Function("loyalty-event-processor", "loyalty_event_processor.aws.handler"),
    Function("loyalty-publisher", "loyalty_publisher.aws.handler"),
)
