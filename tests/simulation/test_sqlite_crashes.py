"""A process may end at any statement that SQLite begins: nothing is lost, and nothing doubled."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def test_a_crash_at_every_statement_leaves_files_with_which_the_day_can_be_finished(
    tmp_path: Path,
) -> None:
    # A process of its own, since it forks: there the only thread is the one that does.
    command = [sys.executable, "-m", "tests.simulation.sqlite_crashes", str(tmp_path)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stderr
    said = re.match(r"(\d+) statements, a crash at each", done.stdout)
    assert said, done.stdout
    assert int(said[1]) > 100
