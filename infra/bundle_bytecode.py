"""Bytecode for a bundle: Lambda can keep none, and would compile every module at every start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bundle_contents import LAMBDA_PYTHON
from uv_command import find_python


class NotCompiled(Exception):
    """A module that Python could not compile; its text is one line for people."""


def interpreter_for(platform: str) -> str | None:
    """Find the Python whose bytecode is one of `PLATFORMS`'s; None where it is not here."""
    return find_python(LAMBDA_PYTHON) if platform == "lambda" else sys.executable


def compile_modules(folder: Path, interpreter: str) -> None:
    """Put the bytecode of each module beside it: the same bytes each time, and nobody's paths.

    It is never compared with its module, whose date a zip does not keep.

    Raises:
        NotCompiled: when a module is not valid.
    """
    quietly = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash")
    done = subprocess.run(  # noqa: S603 - our own words and paths
        [interpreter, *quietly, "-s", str(folder), str(folder)],
        # A set in the code is written in the order of its hashes. And nothing of whoever builds.
        env={"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = " ".join((done.stdout + done.stderr).split())
        raise NotCompiled(f"{interpreter} cannot compile {folder.name}: {reason}")
