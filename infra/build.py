"""Write the bundle of every Lambda function: one zip each, the same bytes each time.

python infra/build.py [--platform lambda|this] [--into DIR] [--program FILE]

Ends with 1, and one line that says why, where a bundle cannot be built.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from bundle_archive import Archive, write_archive
from bundle_bytecode import NotCompiled, compile_modules, interpreter_for
from bundle_contents import LAMBDA_PYTHON, PLATFORMS, Contents, build_wheel, contents_of, install
from functions import FUNCTIONS, PROGRAM, Function
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from uv_command import WORKSPACE, UvFailed

from loyalty_shared.contracts.program_file import program_at
from loyalty_shared.domain.errors import InvalidInput

_INTERRUPTED = 130  # what a shell says of a command that ended with Ctrl-C


def build(
    functions: Sequence[Function], platform: str, into: Path, program: Path | None
) -> list[Archive]:
    """Build the bundles of functions for one of `PLATFORMS`, with progress on a terminal.

    Those that have a program get the program file at a path, if there is one.

    Raises:
        InvalidInput: when the program file is not valid; `detail` names the line.
        UvFailed: when uv cannot resolve, fetch or build what a function needs.
        NotCompiled: when a module of it is not valid.
        OSError: when a bundle cannot be written.
    """
    rules = _rules(program) if program else None
    interpreter = interpreter_for(platform)
    into.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    with (
        TemporaryDirectory(prefix="loyalty-build-") as name,
        ThreadPoolExecutor() as pool,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        work = Path(name)
        # One after the other, since each may write the lock.
        resolving = map(contents_of, (function.name for function in functions))
        contents = list(progress.track(resolving, len(functions), description="resolve"))
        members = sorted({member for each in contents for member in each.members})
        building = pool.map(lambda member: build_wheel(member, work / member), members)
        built = progress.track(building, len(members), description="packages")
        wheels = dict(zip(members, built, strict=True))

        def bundle(function: Function, needs: Contents) -> Archive:
            folder = work / function.name
            install(needs, [wheels[member] for member in needs.members], platform, folder)
            if interpreter is not None:
                compile_modules(folder, interpreter)
            if rules is not None and function.has_program:
                (folder / PROGRAM).write_bytes(rules)
            return write_archive(folder, into / function.archive)

        bundling = pool.map(bundle, functions, contents)
        return list(progress.track(bundling, len(functions), description="bundles"))


def _rules(program: Path) -> bytes:
    program_at(program)  # its faults are told here, and not by functions that do not start
    return program.read_bytes()


def main() -> int:
    """Build as the command line says; return an exit status."""
    parser = argparse.ArgumentParser(description="Write one zip a Lambda function.")
    parser.add_argument(
        "--platform",
        choices=PLATFORMS,
        default="lambda",
        help="what for: Lambda's Python 3.13 on arm64 (default), or this machine and its Python",
    )
    parser.add_argument(
        "--into", type=Path, default=WORKSPACE / "dist", metavar="DIR", help="default: dist"
    )
    parser.add_argument(
        "--program", type=Path, metavar="FILE", help="a program to put in; default: the default one"
    )
    arguments = parser.parse_args()
    try:
        archives = build(FUNCTIONS, arguments.platform, arguments.into, arguments.program)
    except (InvalidInput, UvFailed, NotCompiled) as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"{error.filename or arguments.into}: {error.strerror}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    _show(archives)
    return 0


def _failed(reason: str) -> int:
    print(f"build: {reason}", file=sys.stderr)
    return 1


def _show(archives: list[Archive]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("bundle", no_wrap=True)
    table.add_column("zipped", justify="right", no_wrap=True)
    table.add_column("unzipped", justify="right", no_wrap=True)
    table.add_column("sha256", no_wrap=True)
    for each in archives:
        sizes = (f"{size / 1e6:.1f} MB" for size in (each.size, each.unzipped_size))
        table.add_row(each.path.name, *sizes, each.sha256)
    # A hash is of use only whole, however narrow the terminal.
    Console(width=10_000).print(table)
    if not all(each.has_bytecode for each in archives):
        print(
            f"Without bytecode, since no Python {LAMBDA_PYTHON} is here: the functions work, but"
            f" start slower. To have one: uv python install {LAMBDA_PYTHON}"
        )


if __name__ == "__main__":
    sys.exit(main())
