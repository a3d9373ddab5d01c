from __future__ import annotations

import hashlib
from pathlib import Path

from tests.packaging.bundles import Bundle, run_build

# What may differ from one machine, or one person, to the next.
_ANOTHER_ENVIRONMENT = {
    "PYTHONHASHSEED": "7",
    "TZ": "Pacific/Auckland",
    "UV_COMPILE_BYTECODE": "1",
    "UV_LINK_MODE": "copy",
}


def test_another_build_gives_the_same_bytes_and_tells_their_hash(
    bundles_for_this: dict[str, Bundle], tmp_path: Path
) -> None:
    done = run_build(
        *("--platform", "this", "--into", tmp_path / "new"),
        environment=_ANOTHER_ENVIRONMENT,
        umask=0o077,
    )

    assert (done.returncode, done.stderr) == (0, "")
    lines = {line.split()[0]: line.split()[-1] for line in done.stdout.splitlines()[1:]}
    assert lines == {
        bundle.archive.name: hashlib.sha256(bundle.archive.read_bytes()).hexdigest()
        for bundle in bundles_for_this.values()
    }
    assert {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "new").iterdir()
    } == lines


def test_what_uv_cannot_do_is_told_in_one_line(tmp_path: Path) -> None:
    done = run_build(
        *("--into", tmp_path),
        environment={"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "cache")},
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("build: Failed to ")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*.zip"))


def test_a_missing_uv_is_told_in_one_line(tmp_path: Path) -> None:
    done = run_build("--into", tmp_path, environment={"UV": "/no/uv"})

    assert done.returncode == 1
    assert done.stderr == "build: /no/uv: No such file or directory; run it as: uv run poe build\n"


def test_a_folder_that_cannot_be_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    done = run_build("--into", file)

    assert (done.returncode, done.stderr) == (1, f"build: {file}: File exists\n")
