"""The Lambda functions of the service: one line each."""

from __future__ import annotations

from dataclasses import dataclass

PROGRAM = "program.yaml"  # what a retailer's own program is called inside a bundle


@dataclass(frozen=True)
class Function:
    """A workspace package that is a function, and the callable that Lambda calls in it.

    `has_program` says whether it works by a program, and is given one in its bundle.
    """

    name: str
    handler: str
    has_program: bool

    @property
    def archive(self) -> str:
        """The file name of its bundle."""
        return f"{self.name}.zip"


FUNCTIONS = (
    Function("loyalty-api", "loyalty_api.aws.handler", has_program=True),
    Function("loyalty-event-processor", "loyalty_event_processor.aws.handler", has_program=True),
    Function("loyalty-publisher", "loyalty_publisher.aws.handler", has_program=False),
    Function("loyalty-settler", "loyalty_settler.aws.handler", has_program=True),
)
