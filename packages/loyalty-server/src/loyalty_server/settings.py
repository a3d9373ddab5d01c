"""The settings of the server and of the `loyalty` command."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from loyalty_api.access.settings import AccessSettings

_REQUESTS_PER_SECOND = 500


class ServerSettings(AccessSettings):
    """What the server reads from the environment; each option of the command goes before it."""

    host: str = Field(default="127.0.0.1", description="The address that the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Its port; 0 takes a free one.")
    data: Path | None = Field(
        default=None,
        description=(
            "The folder of the queue, and of the ledger unless LOYALTY_STORE names a store that is"
            " no folder; a LOYALTY_STORE that names another folder is refused."
            " By default that of LOYALTY_STORE, or `./loyalty-data`."
        ),
    )

    requests_per_second: float | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description=(
            "How many requests each caller may make in the long run, and in two seconds at once."
            " 0 is without a limit. By default 500 where tokens are asked for, else without."
        ),
    )
    request_timeout_seconds: float = Field(
        default=20, ge=1, le=3600, description="How long a request may take to arrive."
    )
    answer_timeout_seconds: float = Field(
        default=30, ge=1, le=3600, description="How long an answer may take."
    )

    queue_url: str | None = Field(
        default=None, description="The SQS queue that `dead-letters retry` puts messages back into."
    )
    dead_letter_queue_url: str | None = Field(
        default=None,
        description="The SQS queue that `dead-letters` works on; without it, this machine's own.",
    )

    @model_validator(mode="after")
    def _name_one_folder(self) -> Self:
        kind, _, place = self.store.partition(":")
        is_named = "store" in self.model_fields_set and kind == "sqlite" and place
        if is_named and self.data is not None and self.data.resolve() != Path(place).resolve():
            raise PydanticCustomError(
                "two_folders",
                "LOYALTY_DATA (--data) is {data}, but LOYALTY_STORE is {store}: name one folder",
                {"data": str(self.data), "store": self.store},
            )
        return self

    @property
    def most_requests_per_second(self) -> float:
        """How many requests each caller may make; 0 is without a limit."""
        if self.requests_per_second is not None:
            return self.requests_per_second
        # As on API Gateway. Without tokens everybody is on this machine, which is theirs.
        return _REQUESTS_PER_SECOND if self.trust else 0

    @property
    def store_name(self) -> str:
        """The store: in the data folder where one is named and nothing else is asked for."""
        if self.data is not None and self.store.startswith("sqlite:"):
            return f"sqlite:{self.data}"
        return self.store

    @property
    def ledger_folder(self) -> Path | None:
        """The folder of the ledger; None where the store is none."""
        kind, _, place = self.store_name.partition(":")
        return Path(place) if kind == "sqlite" and place else None

    @property
    def data_folder(self) -> Path:
        """The folder of the queue."""
        return self.data or self.ledger_folder or Path("loyalty-data")
