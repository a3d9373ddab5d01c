from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from tests.packaging.bundles import WORKSPACE, Bundle

# What takes long to import, and is not needed by most functions, or not until it is asked for.
_NOT_AT_START = {
    "loyalty-api": {"cryptography", "joserfc", "sqlite3"},
    "loyalty-event-processor": {"fastapi", "joserfc", "sqlite3", "starlette"},
    "loyalty-publisher": {"fastapi", "sqlite3", "starlette", "yaml"},
    "loyalty-settler": {"fastapi", "sqlite3", "starlette"},
}

_NOT_IN_LAMBDA = (str(WORKSPACE / "packages"), sysconfig.get_path("purelib"))

# As Lambda does: the bundle goes before the runtime, and there is nothing else. The bundle has its
# own time zones, since Lambda's Python has none to rely on.
_IMPORT = """
import gc, importlib, json, sys, zoneinfo
zoneinfo.reset_tzpath(())
bundle, runtime, handler = sys.argv[1:]
sys.path[:0] = [bundle, runtime]
module, _, name = handler.rpartition(".")
found = getattr(importlib.import_module(module), name)
at_start = {each.partition(".")[0] for each in sys.modules}
collecting, kept = gc.isenabled(), gc.get_freeze_count()
importlib.import_module("loyalty_shared.storage.dynamodb.store")  # left to the first call
loaded = [getattr(each, "__file__", None) for each in sys.modules.values()]
from loyalty_shared.contracts.program_file import default_program
print(json.dumps({
    "callable": callable(found),
    "at_start": sorted(at_start),
    "collecting": collecting,
    "kept": kept,
    "loaded": [file for file in loaded if file],
    "program": default_program().name,
    "timezone": str(zoneinfo.ZoneInfo(default_program().timezone)),
}))
"""


@pytest.fixture(scope="module")
def imported(
    bundle_for_this: Bundle, runtime: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    # Without the environment, the site-packages and the current folder of whoever runs the tests.
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [
            *(sys.executable, "-I", "-S", "-B", "-c", _IMPORT),
            *(str(bundle_for_this.folder), str(runtime), bundle_for_this.function.handler),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path_factory.mktemp("nowhere"),
        env={},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_handler_imports_from_its_bundle_and_the_runtime_alone(
    imported: dict[str, Any], bundle_for_this: Bundle, runtime: Path
) -> None:
    assert imported["callable"]
    loaded = imported["loaded"]
    assert not [file for file in loaded if file.startswith(_NOT_IN_LAMBDA)]
    assert [file for file in loaded if file.startswith(f"{bundle_for_this.folder}/")]
    assert [file for file in loaded if file.startswith(f"{runtime}/boto3/")]


def test_the_default_program_and_its_time_zone_are_in_the_bundle(imported: dict[str, Any]) -> None:
    assert (imported["program"], imported["timezone"]) == ("Default", "Europe/Amsterdam")


def test_a_handler_imports_nothing_at_its_start_that_can_wait(
    imported: dict[str, Any], bundle_for_this: Bundle
) -> None:
    assert not _NOT_AT_START[bundle_for_this.function.name] & set(imported["at_start"])


def test_what_a_handler_imports_is_not_looked_through_for_garbage(imported: dict[str, Any]) -> None:
    assert imported["collecting"]
    assert imported["kept"] > 10_000
