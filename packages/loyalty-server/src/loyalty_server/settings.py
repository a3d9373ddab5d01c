"""The settings of the server and of the `loyalty` command."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from loyalty_api.access.settings import AccessSettings


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
