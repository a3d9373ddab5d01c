from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest
from bundle_archive import write_archive

_FILES = {"b/__init__.py": b"two\n", "a.py": b"one\n", "b/data.yaml": b"name: x\n" * 100}


def test_order_dates_and_permissions_of_the_files_leave_no_trace(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    _write(first, _FILES)
    _write(second, dict(reversed(_FILES.items())))
    for file in second.rglob("*.*"):
        os.utime(file, (10**9, 10**9))
        file.chmod(0o700)

    archives = [write_archive(folder, folder.with_suffix(".zip")) for folder in (first, second)]

    assert archives[0].path.read_bytes() == archives[1].path.read_bytes()
    assert archives[0].sha256 == archives[1].sha256
    assert archives[0].unzipped_size == sum(map(len, _FILES.values()))
    assert archives[0].size == archives[0].path.stat().st_size < archives[0].unzipped_size


def test_entries_are_sorted_readable_by_all_and_of_one_date(tmp_path: Path) -> None:
    _write(tmp_path / "files", _FILES)

    archive = write_archive(tmp_path / "files", tmp_path / "files.zip")

    with zipfile.ZipFile(archive.path) as written:
        entries = written.infolist()
    assert [entry.filename for entry in entries] == sorted(_FILES)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {stat.filemode(entry.external_attr >> 16) for entry in entries} == {"-rw-r--r--"}


def test_what_only_an_installation_has_is_left_out(tmp_path: Path) -> None:
    left_out = (
        *("bin/fastapi", "_editable.pth", ".lock"),
        *("a/.agents/skill.md", "a-1.0.dist-info/RECORD"),
    )
    kept = ("a/bin/data.bin", "a/RECORD", "a-1.0.dist-info/METADATA", "a.py")
    _write(tmp_path / "files", dict.fromkeys((*left_out, *kept), b"x"))

    archive = write_archive(tmp_path / "files", tmp_path / "files.zip")

    with zipfile.ZipFile(archive.path) as written:
        assert set(written.namelist()) == set(kept)


def test_a_zip_that_failed_half_way_is_not_left_and_the_one_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path / "files", _FILES)
    before = write_archive(tmp_path / "files", tmp_path / "files.zip")

    def fail(*_: object) -> None:
        raise OSError("the disc is full")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    with pytest.raises(OSError, match="the disc is full"):
        write_archive(tmp_path / "files", tmp_path / "files.zip")

    assert {path.name for path in tmp_path.iterdir()} == {"files", "files.zip"}
    assert len(before.path.read_bytes()) == before.size


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
