"""The settings of the Lambda `loyalty-settler`."""

from __future__ import annotations

from pydantic import Field

from loyalty_shared.settings import LedgerSettings


class SettlerSettings(LedgerSettings):
    """What the settler reads from the environment."""

    workers: int = Field(
        default=16, ge=1, le=64, description="How many members are worked on at a time."
    )
