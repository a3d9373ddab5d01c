"""The settings that every entry point has; each adds its own in a model of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class LedgerSettings(BaseSettings):
    """Which ledger, under which rules. Read from variables that begin with `LOYALTY_`."""

    model_config = SettingsConfigDict(env_prefix="LOYALTY_", frozen=True)

    store: str = Field(
        default="sqlite:./loyalty-data",
        description="Where the ledger is kept: `sqlite:FOLDER`, `dynamodb:TABLE` or `memory:`.",
    )
    program: Path | None = Field(
        default=None, description="The program file; without it the default program runs."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least level that is logged: DEBUG, INFO, WARNING or ERROR."
    )
