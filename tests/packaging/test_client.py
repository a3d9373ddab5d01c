"""The client in an environment of its own, as somebody has it who uses the service."""

from __future__ import annotations

import os
import subprocess
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from bundle_contents import build_wheel
from tests.packaging.bundles import WORKSPACE
from tests.server_process import Server
from uv_command import uv

_PROGRAM = """
import asyncio, sys
from loyalty_client import AsyncLoyaltyClient, LoyaltyClient
with LoyaltyClient(sys.argv[1]) as client:
    print(client.ready(), client.points("ann"), client.program().currency)
async def main():
    async with AsyncLoyaltyClient(sys.argv[1]) as client:
        print(await client.ready(), await client.points("ann"))
asyncio.run(main())
print([name for name in sys.modules if name.startswith("loyalty_") and "client" not in name])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(str(WORKSPACE / "packages" / "loyalty-client"), tmp_path_factory.mktemp("w"))


def test_the_wheel_has_types_and_asks_for_the_http_library_alone(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [name for name in names if name.endswith("/METADATA")]
        about = Parser().parsestr(archive.read(metadata).decode())
    assert "loyalty_client/py.typed" in names
    assert {name.partition("/")[0] for name in names} == {"loyalty_client", metadata[:-9]}
    assert [each.partition("<")[0] for each in about.get_all("Requires-Dist", [])] == ["httpx2"]


def test_it_works_where_nothing_else_is_installed(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    uv("venv", str(environment))
    python = environment / "bin" / "python"
    subprocess.run(  # noqa: S603 - our own words and paths
        [os.environ.get("UV", "uv"), "pip", "install", "-q", "--python", str(python), str(wheel)],
        check=True,
        cwd=WORKSPACE,  # where it says as of which date packages are looked for
    )
    server = Server(tmp_path)
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter just made, and our own program
            [str(python), "-I", "-W", "error", "-c", _PROGRAM, str(server.client.base_url)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        server.stop(15)
    nothing = "Balance(user_id='ann', points=0)"
    assert (done.stdout, done.stderr) == (f"True {nothing} EUR\nTrue {nothing}\n[]\n", "")
