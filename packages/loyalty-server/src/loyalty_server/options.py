"""The options that commands share, and the settings that they go before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from loyalty_server.settings import ServerSettings

Data = Annotated[
    Path | None, typer.Option(help="The folder of ledger and queue (default: ./loyalty-data).")
]
Program = Annotated[
    Path | None, typer.Option(help="The program file; without it the default program runs.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for machines.")]


def settings_of(**given: Any) -> ServerSettings:  # noqa: ANN401 - each is checked by the model
    """Give the settings: options that were given, else the environment, else the defaults."""
    return ServerSettings(**{name: value for name, value in given.items() if value is not None})
