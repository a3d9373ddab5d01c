"""The settings of the Lambda `loyalty-publisher`."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PublisherSettings(BaseSettings):
    """What the publisher reads from the environment.

    Neither a store nor a program: all that it says is in the records that it is handed.
    """

    model_config = SettingsConfigDict(env_prefix="LOYALTY_", frozen=True)

    event_bus_name: str = Field(
        min_length=1, description="The EventBridge bus that events are published to."
    )
    log_level: str = Field(
        default="INFO", description="The least level that is logged: DEBUG, INFO, WARNING or ERROR."
    )
