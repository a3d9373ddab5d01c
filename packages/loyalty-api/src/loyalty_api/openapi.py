"""Write the OpenAPI document of the API: `python -m loyalty_api.openapi FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fastapi import Request

from loyalty_api.application import create_app
from loyalty_api.services import Services, run_inline
from loyalty_shared import system
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.memory import MemoryLedgerStore


class _NoInbox:
    def put(self, bodies: object) -> None:
        """Take nothing: the application is only described, not served."""


async def _nobody(_request: Request) -> None:
    """Let nobody in; there is nobody. It makes the description say who would be."""


def document() -> str:
    """Describe the API, with what it asks of callers where an issuer of tokens is configured."""
    ledger = Ledger(MemoryLedgerStore(), default_program(), system.now, system.pause)
    app = create_app(Services(ledger, _NoInbox(), run_inline, run_inline), guard=_nobody)
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(), "utf-8")
