"""Programs in processes of their own: how long they take, and how large they get."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from memory_peaks import peak_mebibytes, watching

LOYALTY = str(Path(sys.executable).with_name("loyalty"))

ANSWERS = "\nprint('ANSWER', flush=True)\nimport sys\nsys.stdin.read()\n"
"""What a program ends with, to say that it has answered; it then waits until it was looked at."""


@dataclass(frozen=True)
class Ended:
    """A program that is done: how long that took, and its work and memory.

    They are those of all its processes together.
    """

    seconds: float
    cpu_seconds: float
    peak_mebibytes: float


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give this process's environment without settings of the service, which are nobody's here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOYALTY_")}
    return {**kept, **(more or {})}


def run_to_its_end(command: Sequence[str], *, watch_memory: bool = False) -> Ended:
    """Run a program. To watch its memory takes time from whoever else runs.

    Raises:
        RuntimeError: when it ends with another status than 0.
    """
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own programs and paths
        command, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        with watching(process.pid) if watch_memory else nullcontext() as peaks:
            errors = process.stderr.read()
        cpu_seconds = _wait(process, errors)
        seconds = time.perf_counter() - started
    return Ended(seconds, cpu_seconds, peaks.mebibytes if peaks else 0.0)


def run_to_its_answer(command: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Run a program that has `ANSWERS` at its end until it has answered.

    Raises:
        RuntimeError: when it does not answer, or ends with another status than 0.
    """
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own programs and paths
        command,
        env=clean_environment(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stderr is not None
        seconds = peak = None
        for line in process.stdout:
            if line == b"ANSWER\n":
                seconds = time.perf_counter() - started
                peak = peak_mebibytes(process.pid)
                process.stdin.close()
        errors = process.stderr.read()
        cpu_seconds = _wait(process, errors)
    if seconds is None:
        raise RuntimeError(f"no answer: {errors.decode()}")
    return Ended(seconds, cpu_seconds, peak or 0.0)


def _wait(process: subprocess.Popen[bytes], errors: bytes) -> float:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{process.args!r} ended with {process.returncode}: {errors.decode()}")
    return usage.ru_utime + usage.ru_stime
