"""The settings of the Lambda `loyalty-api`."""

from __future__ import annotations

from pydantic import Field

from loyalty_api.access.settings import AccessSettings


class ApiSettings(AccessSettings):
    """What the API reads from the environment."""

    queue_url: str = Field(description="The SQS queue that accepted events go to.")
