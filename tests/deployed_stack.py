"""The deployed system, one for all end-to-end tests that need it: a pytest plugin.

They name it in `pytest_plugins`. Each has members and orders of its own.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import httpx2
import pytest
from tests.aws_stack import WORKSPACE
from tests.stack_clients import Queues, Shop, Stack, shop_of

_PATIENCE_SECONDS = 60


@pytest.fixture(scope="session")
def program_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A retailer's own program: the default one by its rules, under another id."""
    default = files("loyalty_shared.contracts").joinpath("default_program.yaml")
    file = tmp_path_factory.mktemp("program") / "shop.yaml"
    file.write_text(default.read_text("utf-8").replace("id: default ", "id: shop "), "utf-8")
    return file


@pytest.fixture(scope="session")
def stack(program_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The system as `poe stack` runs it, with that program."""
    words = [sys.executable, str(WORKSPACE / "infra/stack.py"), "--program", str(program_file)]
    log = tmp_path_factory.mktemp("stack") / "stack.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, text=True) as process,  # noqa: S603 - our own program
    ):
        assert process.stdout is not None
        outputs = process.stdout.readline()
        assert outputs, log.read_text()
        yield Stack(json.loads(outputs))
        process.send_signal(signal.SIGINT)
        assert process.wait(_PATIENCE_SECONDS) == 0, log.read_text()


@pytest.fixture(scope="session")
def shop(stack: Stack) -> Iterator[Shop]:
    """A shop that may put events on the bus, and nothing else."""
    with shop_of(stack, stack.somebody_who_may("events:PutEvents", "event-bus/loyalty")) as shop:
        yield shop


@pytest.fixture(scope="session")
def app(stack: Stack) -> Iterator[httpx2.Client]:
    """An application that may do everything."""
    with stack.api(stack.outputs["Token"]) as client:
        yield client


@pytest.fixture(scope="session")
def queues(stack: Stack) -> Iterator[Queues]:
    with closing(stack.session().client("sqs", endpoint_url=stack.endpoint)) as client:
        yield Queues(client, stack.outputs)
