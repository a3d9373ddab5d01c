from __future__ import annotations

import hashlib
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest
from build import build
from functions import FUNCTIONS, PROGRAM
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


@pytest.fixture
def program(tmp_path: Path) -> Path:
    default = files("loyalty_shared.contracts").joinpath("default_program.yaml")
    file = tmp_path / "my-program.yaml"
    file.write_text(default.read_text("utf-8").replace("name: Default", "name: Café"), "utf-8")
    return file


def test_a_program_is_put_into_the_bundles_that_read_one(program: Path, tmp_path: Path) -> None:
    done = run_build("--platform", "this", "--into", tmp_path / "new", "--program", program)

    assert (done.returncode, done.stderr) == (0, "")
    for function in FUNCTIONS:
        with zipfile.ZipFile(tmp_path / "new" / function.archive) as archive:
            assert (PROGRAM in archive.namelist()) == function.has_program
            if function.has_program:
                assert archive.read(PROGRAM) == program.read_bytes()


def test_the_same_program_gives_the_same_bytes(program: Path, tmp_path: Path) -> None:
    [function] = [each for each in FUNCTIONS if each.name == "loyalty-event-processor"]
    moved = tmp_path / "elsewhere.yaml"
    moved.write_bytes(program.read_bytes())
    moved.chmod(0o600)

    [one] = build([function], "this", tmp_path / "one", program)
    [other] = build([function], "this", tmp_path / "other", moved)

    assert one.sha256 == other.sha256


def test_a_program_with_a_fault_is_told_with_its_line_and_nothing_is_built(
    program: Path, tmp_path: Path
) -> None:
    good = program.read_text("utf-8")
    program.write_text(good.replace("currency: EUR", "currency: EURO"), "utf-8")
    line = good[: good.index("currency:")].count("\n") + 1

    done = run_build("--into", tmp_path, "--program", program)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"build: {program}, line {line}: currency: ")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*.zip"))


def test_a_program_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    done = run_build("--into", tmp_path, "--program", tmp_path / "no.yaml")

    assert done.returncode == 1
    assert done.stderr == f"build: {tmp_path / 'no.yaml'}: No such file or directory\n"


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
