from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

ROOT = Path(__file__).parents[2]
AUDIT = ROOT / ".ci" / "audit.py"
LOCK = ROOT / "requirements.lock"
_ADVISORY = {
    "id": "TEST-1",
    "modified": "2026-01-01T00:00:00Z",
    "summary": "answers too much",
    "affected": [
        {
            "package": {"name": "starlette", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999"}]}],
        }
    ],
}


class _Register(BaseHTTPRequestHandler):
    """The register of advisories as OSV describes it; `weak` are the packages it knows ill of."""

    weak: ClassVar[set[str]] = set()
    asked: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        names = [query["package"]["name"] for query in queries]
        self.asked.update(names)
        known = {"vulns": [{"id": _ADVISORY["id"], "modified": _ADVISORY["modified"]}]}
        self._answer({"results": [known if name in self.weak else {} for name in names]})

    def do_GET(self) -> None:
        self._answer(_ADVISORY)

    def _answer(self, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is called
        pass


@pytest.fixture(autouse=True)
def _no_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@pytest.fixture
def register() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Register)
    Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    _Register.weak.clear()
    _Register.asked.clear()


def _audit(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(AUDIT), *options]
    return subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own words


def test_audit_asks_about_every_package_that_is_locked(register: str) -> None:
    audit = _audit("--service-url", register)
    assert audit.returncode == 0, audit.stdout + audit.stderr
    locked = re.findall(r"^([\w.-]+)==", LOCK.read_text("utf-8"), re.MULTILINE)
    assert "starlette" in locked
    assert set(locked) <= _Register.asked


def test_audit_fails_where_a_package_has_a_known_weakness(register: str) -> None:
    _Register.weak.add("starlette")
    audit = _audit("--service-url", register)
    assert audit.returncode == 1
    assert "TEST-1: answers too much" in audit.stdout


def test_audit_without_an_answer_says_that_it_did_nothing(register: str) -> None:
    nobody = register.replace("127.0.0.1", "127.0.0.2")
    audit = _audit("--service-url", nobody)
    assert (audit.returncode, audit.stdout) == (
        0,
        "dependencies not audited: the register of advisories does not answer\n",
    )


def test_audit_that_must_be_answered_fails_without_an_answer(register: str) -> None:
    nobody = register.replace("127.0.0.1", "127.0.0.2")
    assert _audit("--service-url", nobody, "--must-answer").returncode == 2


def test_audit_that_cannot_run_does_not_pass() -> None:
    audit = _audit("--service-url", "no url")
    assert audit.returncode == 2
    assert "invalid value" in audit.stdout
