"""What every test of the workspace stands on: an AWS of its own, and no way to a real one."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.append(str(Path(__file__).parent))  # for the line below: tests/ is no installed package

pytest_plugins = ("tests.aws_emulator",)

# The same examples on every run and machine: a red test is red for all, and a slow machine is none.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    # A Lambda's entry sets how all of its process is logged, and here that is all tests.
    before = [(handler, handler.formatter) for handler in logging.getLogger().handlers]
    yield
    for handler, formatter in before:
        handler.setFormatter(formatter)
