from __future__ import annotations

import os
import sys

import pytest
from memory_peaks import peak_mebibytes
from processes import ANSWERS, clean_environment, run_to_its_answer, run_to_its_end


def test_a_program_is_measured_until_it_answers_and_ends_by_itself() -> None:
    holding = f"held = b'x' * 50_000_000\n{ANSWERS}"
    small = run_to_its_answer([sys.executable, "-c", ANSWERS], {})
    large = run_to_its_answer([sys.executable, "-c", holding], {})
    assert small.seconds > 0
    assert large.peak_mebibytes - small.peak_mebibytes == pytest.approx(50e6 / 2**20, rel=0.2)


def test_the_memory_of_a_program_is_that_of_what_it_starts_too() -> None:
    child = "import time; held = b'x' * 50_000_000; time.sleep(0.3)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    ended = run_to_its_end([sys.executable, "-c", parent], watch_memory=True)
    assert ended.peak_mebibytes > 50e6 / 2**20
    assert ended.seconds >= 0.3


def test_what_another_thread_of_a_program_starts_is_counted_too() -> None:
    child = "import time; held = b'x' * 50_000_000; time.sleep(0.3)"
    parent = (
        "import subprocess, sys, threading, time\n"
        f"start = lambda: (subprocess.Popen([sys.executable, '-c', {child!r}]), time.sleep(0.6))\n"
        "threading.Thread(target=start).start()"
    )
    ended = run_to_its_end([sys.executable, "-c", parent], watch_memory=True)
    assert ended.peak_mebibytes > 50e6 / 2**20


def test_a_program_that_fails_says_why() -> None:
    failing = [sys.executable, "-c", "raise SystemExit('no room')"]
    with pytest.raises(RuntimeError, match="no room"):
        run_to_its_end(failing)
    with pytest.raises(RuntimeError, match="no room"):
        run_to_its_answer(failing, {})


def test_settings_of_the_service_reach_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOYALTY_STORE", "sqlite:/somebody's")
    assert "LOYALTY_STORE" not in clean_environment()
    assert clean_environment({"LOYALTY_STORE": "memory:"})["LOYALTY_STORE"] == "memory:"


def test_of_a_process_that_is_gone_nothing_is_known() -> None:
    assert peak_mebibytes(os.getpid()) is not None
    assert peak_mebibytes(2**22 + 1) is None
