"""The README's examples, run as they stand against a real server: they print what it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server_process import Server

_README = Path(__file__).parents[1] / "README.md"
_EXAMPLE = re.compile(r"^```python\n(.*?)^```\n+```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
_EXAMPLES = _EXAMPLE.findall(_README.read_text("utf-8"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop(15)


@pytest.mark.parametrize(("program", "shown"), _EXAMPLES, ids=["sync", "async"])
def test_an_example_prints_what_it_shows_however_often_it_runs(
    server: Server, program: str, shown: str
) -> None:
    here = program.replace("http://127.0.0.1:8000", str(server.client.base_url))
    assert here != program
    for _ in range(2):
        done = subprocess.run(  # noqa: S603 - our own interpreter and example
            [sys.executable, "-X", "utf8", "-W", "error", "-c", here],
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert (done.stdout, done.stderr) == (shown, "")
