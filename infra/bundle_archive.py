"""From an installed folder to a zip whose bytes depend on nothing but what it holds."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

_FIRST_MOMENT_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_READABLE_FILE = 0o100644 << 16  # shared libraries too: to be loaded, they need no more
_UNIX = 3
_LEVEL = 6  # 9 takes more than twice as long, for half a percent

_COMMANDS = "bin"  # at the top, with the path of this machine's interpreter in each
_BYTECODE = ".pyc"
_PATH_FILE = ".pth"  # only a site-packages folder heeds these
_FILE_LIST = "RECORD"  # of what was installed, and so not of what is in here


@dataclass(frozen=True)
class Archive:
    """A zip that was written: sizes in bytes, the SHA-256 in hexadecimal.

    `has_bytecode` says whether its modules are compiled.
    """

    path: Path
    size: int
    unzipped_size: int
    sha256: str
    has_bytecode: bool


def write_archive(folder: Path, path: Path) -> Archive:
    """Zip what a function needs of a folder; the file appears whole, or not at all.

    Raises:
        OSError: when it cannot be written.
    """
    unfinished = path.with_suffix(".unfinished")
    unzipped_size = 0
    try:
        with zipfile.ZipFile(unfinished, "w") as archive:
            names = sorted(_names(folder))
            for name in names:
                data = (folder / name).read_bytes()
                archive.writestr(_entry(name), data, zipfile.ZIP_DEFLATED, _LEVEL)
                unzipped_size += len(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    data = path.read_bytes()
    has_bytecode = any(name.endswith(_BYTECODE) for name in names)
    return Archive(
        path, len(data), unzipped_size, hashlib.sha256(data).hexdigest(), has_bytecode=has_bytecode
    )


def _names(folder: Path) -> list[str]:
    files = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return [file.as_posix() for file in files if _is_needed(file)]


def _is_needed(file: Path) -> bool:
    return not (
        file.parts[0] == _COMMANDS
        or file.suffix == _PATH_FILE
        or (file.name == _FILE_LIST and file.parent.suffix == ".dist-info")
        or any(part.startswith(".") for part in file.parts)  # uv's lock, notes to tools
    )


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _FIRST_MOMENT_OF_ZIP)
    entry.create_system = _UNIX
    entry.external_attr = _READABLE_FILE
    return entry
