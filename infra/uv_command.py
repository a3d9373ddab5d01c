"""Run uv: the one that started this, else the one on the path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WORKSPACE = Path(__file__).parents[1]

_SETTINGS = {"UV_COMPILE_BYTECODE": "0"}  # a bundle has its own, always the same


class UvFailed(Exception):
    """Something that uv could not do; its text is one line for people."""


def uv(*arguments: str) -> str:
    """Run uv in the workspace and give what it prints.

    It works with the interpreter that runs this, so that it never looks for, or fetches, another.

    Raises:
        UvFailed: with uv's own reason, or because there is no uv.
    """
    return _run(*arguments, "--quiet", "--python", sys.executable)


def find_python(version: str) -> str | None:
    """Find a Python of a version on this machine; fetch none."""
    try:
        return _run("python", "find", version, "--no-python-downloads").strip()
    except UvFailed:
        return None


def _run(*arguments: str) -> str:
    command = [os.environ.get("UV", "uv"), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - our own words and paths
            command,
            cwd=WORKSPACE,
            env={**os.environ, **_SETTINGS},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise UvFailed(f"{command[0]}: {error.strerror}; run it as: uv run poe build") from error
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()).removeprefix("error: ")
        raise UvFailed(reason or f"uv ended with {done.returncode}")
    return done.stdout
