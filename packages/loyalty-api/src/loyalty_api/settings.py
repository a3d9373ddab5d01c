"""The settings of the Lambda `loyalty-api`."""

from __future__ import annotations

from pydantic import Field

from loyalty_shared.settings import LedgerSettings


class ApiSettings(LedgerSettings):
    """What the API reads from the environment."""

    queue_url: str = Field(description="The SQS queue that accepted events go to.")
