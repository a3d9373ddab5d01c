"""Who runs a command waits for what it needs, and not for what another one needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SERVE = (
    "loyalty_server.command",
    "loyalty_server.settings",
    "loyalty_server.observing",
    "loyalty_server.server_app",
    "loyalty_server.serving",
)


@pytest.mark.parametrize(
    ("needed", "others"),
    [
        pytest.param(
            ("loyalty_server.command",),
            {"asyncio", "boto3", "fastapi", "pydantic", "rich", "sqlite3", "uvicorn", "yaml"},
            id="the command itself",
        ),
        pytest.param(_SERVE, {"boto3", "cryptography", "joserfc", "rich"}, id="serve"),
    ],
)
def test_nothing_is_imported_that_is_for_other_commands(
    needed: tuple[str, ...], others: set[str]
) -> None:
    program = f"import sys, {', '.join(needed)}; print(*sys.modules)"

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )

    assert not others & set(done.stdout.split())
