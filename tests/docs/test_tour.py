"""The README's tour, run as it stands: what it shows is what a reader gets."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server_process import Server

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = "python3 -m uv run loyalty"
_ANYTHING = "…"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop(15)


def _steps(readme: str) -> Iterator[tuple[str, str]]:
    for block in _BLOCK.findall(readme):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = step.partition("\n")
            yield command, answer


def _pattern(shown: str) -> re.Pattern[str]:
    return re.compile(".+?".join(map(re.escape, _plain(shown).split(_ANYTHING))), re.DOTALL)


def _plain(text: str) -> str:
    # A column is as wide as what stands in it, and the README can't know how wide that is.
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def test_the_tour_gives_the_answers_that_it_shows(
    root: Path, server: Server, tmp_path: Path
) -> None:
    steps = list(_steps((root / "README.md").read_text("utf-8")))
    own = shlex.join([sys.executable, "-m", "loyalty_server.command"])
    for command, shown in steps:
        server.wait_until_processed()  # a reader types more slowly than this
        here = command.replace("localhost:8000", str(server.client.base_url.netloc, "ascii"))
        done = subprocess.run(  # noqa: S602 - the reader's shell
            here.replace(_COMMAND, own),
            shell=True,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert _pattern(shown).fullmatch(_plain(done.stdout)), f"$ {command}\n{done.stdout}"
    assert len(steps) > 10
