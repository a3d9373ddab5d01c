"""The AWS of the tests: ministack, as a process of its own that ends with those who started it.

A pytest plugin, loaded by the root's `conftest.py`; `running_emulator` also serves by itself.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

REGION = "us-east-1"  # the emulator's own default, and that of scripts which name none
_ACCESS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
_NO_OTHER_ACCESS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_NOBODY = "http://127.0.0.1:1"

# The emulator serves until whoever started it is gone, however that came about: the pipe it reads
# closes with them.
_PROGRAM = """
import os, shutil, signal, sys, threading

def end_with_the_one_who_started_me():
    sys.stdin.buffer.read()
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=end_with_the_one_who_started_me, daemon=True).start()

from ministack.app import main

main()
"""
_STARTS_WITHIN_SECONDS = 60.0
_ENDS_WITHIN_SECONDS = 10.0


@pytest.fixture(scope="session", autouse=True)
def _no_real_aws() -> Iterator[None]:
    """Keep every test, and what it starts, from real credentials and from a real AWS."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in (_ACCESS | _NO_OTHER_ACCESS | {"AWS_ENDPOINT_URL": _NOBODY}).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def aws_emulator() -> Iterator[str]:
    """Give the address of the session's emulator, for clients that are told where it is."""
    with running_emulator() as endpoint:
        yield endpoint


@pytest.fixture
def aws(aws_emulator: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let every AWS client that a test makes, in whatever process, speak to the emulator."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_emulator)
    return aws_emulator


@contextmanager
def running_emulator(*, with_iam: bool = False) -> Iterator[str]:
    """Run an emulator on a free port of this machine alone, and give its address.

    With IAM, requests are checked: who signed them, and whether a policy allows them.
    """
    with tempfile.TemporaryDirectory(prefix="loyalty-aws-") as folder:
        port = _free_port()
        log = Path(folder, "emulator.log")
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
                [sys.executable, "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(folder, port) | {"AUTH": str(with_iam).lower()},
                start_new_session=True,  # Ctrl-C is for the tests, which then end it
            )
        try:
            _wait_until_ready(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(process)


def _environment(folder: str, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": folder,
        "TMPDIR": folder,
        "STATE_DIR": f"{folder}/state",
        "S3_DATA_DIR": f"{folder}/s3",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # its own default is every interface
        "IOT_MTLS_ENABLED": "0",  # a second port, a fixed one
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker",
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        **_ACCESS,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _is_ready(port):
            return
        time.sleep(0.02)
    raise RuntimeError(f"the AWS emulator did not start:\n{log.read_text()}")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_ENDS_WITHIN_SECONDS)
    # And whatever it started itself, such as the functions of an emulated Lambda.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin:
        process.stdin.close()
