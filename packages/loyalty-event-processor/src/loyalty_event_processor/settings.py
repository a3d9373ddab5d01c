"""The settings of the Lambda `loyalty-event-processor`."""

from __future__ import annotations

from pydantic import Field

from loyalty_shared.settings import LedgerSettings


class ProcessorSettings(LedgerSettings):
    """What the processor reads from the environment."""

    dead_letter_queue_url: str = Field(
        description="The SQS queue for messages that can never succeed."
    )
    workers: int = Field(
        default=8, ge=1, le=64, description="How many members are worked on at a time."
    )
