"""The command as people run it, in a folder with a ledger."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loyalty_server.command import main

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def loyalty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run the command in an empty folder, and see to it that it ends with the status it should."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, stdin: str = "", status: int = 0) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["loyalty", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        found = ended.value.code or 0
        assert found == status, said
        return subprocess.CompletedProcess(words, status, said.out, said.err)

    return run


@pytest.fixture
def buy(loyalty: Run) -> Callable[..., None]:
    """Let a member buy something."""

    def buy(member: str, order: str, amount: str, *words: str) -> None:
        event = {"userId": member, "orderId": order, "transactionId": "t", "totalAmount": 0}
        line = json.dumps(event).replace(": 0}", f": {amount}}}")
        loyalty("ingest", "-", *words, stdin=f"{line}\n")

    return buy
