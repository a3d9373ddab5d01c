from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.crash.running import RunningServer

RULES = """
name: Plain
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1}
tiers: {window: lifetime, levels: [{name: Basic, from: 0, multiplier: 1}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Give a program in which a unit is a point, whoever spends it and when."""
    path = tmp_path / "plain.yaml"
    path.write_text(RULES)
    return path


@pytest.fixture(autouse=True)
def _no_server_outlives_its_test() -> Iterator[None]:
    yield
    RunningServer.kill_all()


@pytest.fixture
def serve(folder: Path) -> Callable[..., RunningServer]:
    """Give what starts a server that serves."""

    def start(*words: str) -> RunningServer:
        server = RunningServer(folder, 0, *words)
        server.wait_for_greeting()
        return server

    return start
