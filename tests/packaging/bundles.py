"""Bundles as `poe build` makes them, unzipped."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from functions import FUNCTIONS, Function

WORKSPACE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Bundle:
    """A function's zip, and the folder that it was unzipped into."""

    function: Function
    archive: Path
    folder: Path

    @property
    def package(self) -> str:
        """The import name of the function's own package."""
        return self.function.handler.partition(".")[0]

    def names(self) -> set[str]:
        """What can be imported from it."""
        return {path.stem for path in self.folder.iterdir() if path.suffix in ("", ".py")}

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file: its path inside the bundle, and what it holds."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                yield path.relative_to(self.folder).as_posix(), path.read_bytes()


def run_build(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, umask: int = -1
) -> subprocess.CompletedProcess[str]:
    """Run the build as `poe build` does, with more in its environment."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(WORKSPACE / "infra/build.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        umask=umask,
        check=False,
    )


def build_and_unzip(platform: str, folder: Path) -> dict[str, Bundle]:
    """Build every function's bundle for a platform; give them by the function's name."""
    # The folder that it works in is one whose path is found wherever it is left behind.
    work = folder / "build-works-here"
    work.mkdir()
    done = run_build("--platform", platform, "--into", folder, environment={"TMPDIR": str(work)})
    assert done.returncode == 0, done.stderr
    print(done.stdout)  # noqa: T201 - the sizes, for whoever reads the tests' output
    return {function.name: _unzip(function, folder) for function in FUNCTIONS}


def _unzip(function: Function, folder: Path) -> Bundle:
    bundle = Bundle(function, folder / function.archive, folder / function.name)
    with zipfile.ZipFile(bundle.archive) as archive:
        archive.extractall(bundle.folder)
    return bundle
