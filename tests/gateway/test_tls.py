"""Upstreams over TLS: who they are is verified, always (RFC 9110 §4.3.4)."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from consentry.gateway.app import Gateway
from consentry.gateway.upstream import Upstreams
from tests.gateway.remembered import Recalled, access, new_token, target
from tests.gateway.serving import BOUND_SECONDS, conversing, serving
from tests.gateway.test_broken_upstreams import assert_bad_gateway
from tests.gateway.upstreams import echo

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def certify(name: str, path: Path, not_after: datetime) -> Path:
    """A file with a key and a certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 3 * DAY)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def upstream(certificate: Path) -> AsyncIterator[tuple[str, list[str | None]]]:
    """The URL of one that shows that certificate, and the names by which it was called."""
    called: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: called.append(name)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            body = b"x" * 100_000
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    async with conversing(converse, ssl=context) as port:
        yield f"https://localhost:{port}/mcp", called


@asynccontextmanager
async def deployed(upstream_url: str) -> AsyncIterator[Callable[[], Awaitable[httpx2.Response]]]:
    """Calls that upstream, through a gateway that has just begun."""
    find, token = Recalled(), new_token()
    find.targets["notes"] = target("notes", upstream_url)
    find.accesses[token.digest()] = access()
    bearer = {"Authorization": f"Bearer {token.reveal()}"}
    async with (
        Upstreams() as upstreams,
        httpx2.AsyncClient(trust_env=False, headers=bearer, timeout=BOUND_SECONDS) as client,
    ):
        gateway = Gateway(find=find, upstreams=upstreams, clock=lambda: 0, new_request_id=lambda: "req_1")
        async with serving(gateway) as base:
            yield partial(client.get, f"{base}/mcp/notes")


async def test_an_upstream_whose_certificate_is_trusted_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certify("localhost", tmp_path / "own.pem", NOW + DAY)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # how an operator trusts an authority of their own
    async with upstream(certificate) as (url, called), deployed(url) as call:
        for _ in range(2):
            answer = await call()
            assert (answer.status_code, len(answer.content)) == (200, 100_000)
    assert called == ["localhost"]  # once: the connection was kept


@pytest.mark.proves("G14")
@pytest.mark.parametrize(
    ("name", "days", "trusted"),
    [("localhost", 1, False), ("elsewhere.test", 1, True), ("localhost", -1, True)],
    ids=["unknown", "of another name", "expired"],
)
async def test_an_upstream_that_cannot_be_trusted_is_not_told_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, days: int, trusted: bool
) -> None:
    certificate = certify(name, tmp_path / "own.pem", NOW + days * DAY)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with upstream(certificate) as (url, _), deployed(url) as call:
        assert "TLS with it cannot be trusted" in assert_bad_gateway(await call(), url)


async def test_an_upstream_without_tls_is_not_called_as_if_it_had_it() -> None:
    async with serving(echo) as url, deployed(url.replace("http://", "https://")) as call:
        assert "TLS with it cannot be trusted" in assert_bad_gateway(await call(), url)
