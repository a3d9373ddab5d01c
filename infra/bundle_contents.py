"""What goes into a function's bundle: its own package, and what that needs at run time."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from uv_command import uv

LAMBDA_PYTHON = "3.13"  # the Runtime of the template

# What uv installs for. Amazon Linux 2023 has glibc 2.34; nothing here asks for more than 2.28.
PLATFORMS = {
    "lambda": ("--python-version", LAMBDA_PYTHON, "--python-platform", "aarch64-manylinux_2_28"),
    "this": (),
}

# What Lambda's Python runtime has already, with what only that needs.
_IN_THE_RUNTIME = "boto3"


@dataclass(frozen=True)
class Contents:
    """What a function needs: the text of a lock (PEP 751), and folders of workspace packages."""

    lock: str
    members: tuple[str, ...]


def contents_of(package: str) -> Contents:
    """Take from uv.lock what a package of the workspace needs, itself included.

    uv.lock is made, or brought up to date, on the way.

    Raises:
        UvFailed: when there is no such package, or the lock does not resolve.
    """
    export = ("export", "--package", package, "--no-dev", "--prune", _IN_THE_RUNTIME)
    plain = ("--only-emit-workspace", "--no-editable", "--no-header", "--no-annotate")
    return Contents(
        lock=uv(*export, "--no-emit-workspace", "--format", "pylock.toml"),
        members=tuple(uv(*export, *plain).splitlines()),
    )


def build_wheel(member: str, folder: Path) -> Path:
    """Build a workspace package's wheel in a new folder, and give its path.

    Not left to `uv pip install`, which keeps what it built until pyproject.toml changes: a change
    in the sources would not arrive.

    Raises:
        UvFailed: when it cannot be built.
    """
    uv("build", "--wheel", member, "--out-dir", str(folder))
    return next(folder.glob("*.whl"))


def install(contents: Contents, wheels: Iterable[Path], platform: str, folder: Path) -> None:
    """Put contents, their members as wheels, into a new folder, for one of `PLATFORMS`.

    Raises:
        UvFailed: when something cannot be had, has no wheel for the platform, or is not what the
            lock says.
    """
    lock = folder.with_name(f"pylock.{folder.name}.toml")
    lock.write_text(contents.lock, "utf-8")
    uv(
        *("pip", "install", "--requirements", str(lock), "--target", str(folder)),
        *("--no-deps", "--no-installer-metadata", "--only-binary", ":all:", *PLATFORMS[platform]),
    )
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
