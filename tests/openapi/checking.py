"""Let schemathesis check a running server against the description that it serves."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_PHASES = "examples,coverage,fuzzing,stateful"


@dataclass(frozen=True)
class Checked:
    """What schemathesis says, and how many requests it made up."""

    is_sound: bool
    report: str

    @property
    def requests(self) -> int:
        found = re.search(r"([\d,]+) generated", self.report)
        return int(found[1].replace(",", "")) if found else 0


def check(url: str, *, seed: int, examples: int, token: str | None = None) -> Checked:
    """Run every check in every phase; `examples` are requests of each operation and phase."""
    with NamedTemporaryFile("w", suffix=".toml") as settings:
        settings.write((_HERE / "schemathesis.toml").read_text("utf-8"))
        if token:
            # By the scheme's name: so it is left out where it is to be missed.
            settings.write(f'\n[auth.openapi.bearer]\nbearer = "{token}"\n')
        settings.flush()
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", settings.name]
        command += ["--no-color", "run", f"{url}/openapi.json", "--checks", "all"]
        command += ["--phases", _PHASES, "--seed", str(seed), "--max-examples", str(examples)]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    return Checked(done.returncode == 0, done.stdout + done.stderr)
