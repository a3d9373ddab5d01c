from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.token_issuer import ec_key

from loyalty_api.access.fetching import LARGEST_DOCUMENT_BYTES, CannotFetch, fetch

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def _answering(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing of a client that hangs up."""

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _with(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        with suppress(OSError):
            request.wfile.write(body)

    return answer


def test_a_document_is_what_the_address_answers() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        _with(200, f"{request.path} {request.headers['Accept']}".encode())(request)

    with _answering(answer) as port:
        assert fetch(f"http://127.0.0.1:{port}/a%2Fb?c=d") == b"/a%2Fb?c=d application/json"
        assert fetch(f"http://localhost:{port}") == b"/ application/json"


def test_no_proxy_of_the_environment_comes_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with _answering(_with(200, b"{}")) as port:
        assert fetch(f"http://127.0.0.1:{port}/") == b"{}"


@pytest.mark.parametrize("status", [204, 301, 302, 307, 400, 404, 500])
def test_another_status_is_no_document_and_a_redirect_is_not_followed(status: int) -> None:
    with (
        _answering(_with(status, Location="https://elsewhere.example/")) as port,
        pytest.raises(CannotFetch, match=str(status)),
    ):
        fetch(f"http://127.0.0.1:{port}/")


def test_a_document_that_is_too_large_is_not_read() -> None:
    with _answering(_with(200, b"x" * LARGEST_DOCUMENT_BYTES)) as port:
        assert len(fetch(f"http://127.0.0.1:{port}/")) == LARGEST_DOCUMENT_BYTES
    with (
        _answering(_with(200, b"x" * 50 * LARGEST_DOCUMENT_BYTES)) as port,
        pytest.raises(CannotFetch, match="more than"),
    ):
        fetch(f"http://127.0.0.1:{port}/")


def test_an_address_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(CannotFetch):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", patience_seconds=0.05)


def test_an_address_where_nobody_listens_is_given_up() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(CannotFetch):
            fetch(f"http://127.0.0.1:{unused.getsockname()[1]}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1.example/",
        "http://localhost.example/",
        "http://ann@127.0.0.1/",
        "https://ann:secret@issuer.example/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://",
        "https://issuer.example:port/",
        "http://[::1/",
        "",
    ],
)
def test_an_address_that_is_not_secure_is_not_asked(url: str) -> None:
    with pytest.raises(CannotFetch, match="neither https"):
        fetch(url)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with (
        _answering(_with(200, b"{}"), _self_signed(tmp_path)) as port,
        pytest.raises(CannotFetch, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        fetch(f"https://localhost:{port}/")


def test_a_certificate_of_a_known_authority_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = _self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))

    with _answering(_with(200, b"{}"), context) as port:
        assert fetch(f"https://localhost:{port}/") == b"{}"
        with pytest.raises(CannotFetch, match="CERTIFICATE_VERIFY_FAILED"):
            fetch(f"https://127.0.0.1:{port}/")


def _self_signed(folder: Path) -> ssl.SSLContext:
    """Make a server that calls itself localhost; its certificate is in the folder."""
    private = ec_key("server").private
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private, SHA256())
    )
    key, shown = folder / "key.pem", folder / "certificate.pem"
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    shown.write_bytes(certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, key)
    return context
