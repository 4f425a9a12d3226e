"""The web of strangers, on loopback: names that lead where a test says, and a server in TLS that counts who comes."""

import asyncio
import datetime as dt
import ipaddress
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from consentry.fetch import Fetcher

HOST = "client.example"
PUBLIC, OTHER_PUBLIC = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
_DAY = dt.timedelta(days=1)


@dataclass
class Web:
    """`names` is the DNS, `answers` what is said at which path; `asked` are the requests that came, as text.

    An answer is a whole response in bytes; where it is None, nothing is said until the other end leaves.
    """

    port: int = 0
    names: dict[str, list[tuple[str, ...]]] = field(default_factory=lambda: {HOST: [(PUBLIC,)]})
    answers: dict[str, bytes | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    unreachable: set[str] = field(default_factory=set)
    hold: asyncio.Event | None = None

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        """Each look-up takes the next of a name's answers; the last one stays."""
        self.resolved.append(host)
        if host not in self.names:
            raise OSError("no such name")
        answers = self.names[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def transport(self, context: ssl.SSLContext) -> httpx2.AsyncBaseTransport:
        return _Dialled(self, context)

    def fetcher(self, *, loopback: bool = False) -> Fetcher:
        """One whose way out ends here, and which trusts this web's certificates."""
        return Fetcher(loopback, self.resolve, self.transport, _client_context())

    def say(self, path: str, body: bytes | str, *headers: str, status: str = "200 OK") -> None:
        content = body.encode() if isinstance(body, str) else body
        named = {header.partition(":")[0].lower() for header in headers}
        head = [f"HTTP/1.1 {status}", *headers]
        if not named & {"content-length", "transfer-encoding"}:
            head.append(f"Content-Length: {len(content)}")
        if "content-type" not in named:
            head.append("Content-Type: application/json")
        self.answers[path] = "\r\n".join([*head, "", ""]).encode() + content

    def paths(self) -> list[str]:
        return [request.split(" ")[1] for request in self.asked]


class _Dialled(httpx2.AsyncBaseTransport):
    """The real transport, but every address is the server here."""

    def __init__(self, web: Web, context: ssl.SSLContext) -> None:
        self._web = web
        self._real = httpx2.AsyncHTTPTransport(verify=context, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._web.dialled.append(request.url.host)
        if request.url.host in self._web.unreachable:
            raise httpx2.ConnectError("unreachable")
        request.url = request.url.copy_with(host="127.0.0.1", port=self._web.port)
        return await self._real.handle_async_request(request)

    async def aclose(self) -> None:
        await self._real.aclose()


@asynccontextmanager
async def strangers(*, tls: bool = True, name: str = HOST) -> AsyncIterator[Web]:
    """The server runs; its certificate is for `name`."""
    web = Web()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            web.asked.append(request)
            if web.hold is not None:
                await web.hold.wait()
            said = web.answers.get(request.split(" ")[1], b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            if said is None:
                await reader.read()
            else:
                writer.write(said)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=_server_context(name) if tls else None)
    web.port = server.sockets[0].getsockname()[1]
    yield web
    server.close()


Make = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]


@cache
def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, _signed(key, "Strangers' CA", None, lambda made: made)


@cache
def _client_context() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=_authority()[1].public_bytes(serialization.Encoding.PEM).decode())


@cache
def _server_context(name: str) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    names: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdecimal() else x509.DNSName(name)
    certificate = _signed(
        key, name, _authority(), lambda made: made.add_extension(x509.SubjectAlternativeName([names]), critical=False)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context.load_cert_chain(file)
    return context


def _signed(
    key: ec.EllipticCurvePrivateKey,
    name: str,
    issuer: tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None,
    make: Make,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing, issued_by = (issuer[0], issuer[1].subject) if issuer else (key, subject)
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    return make(builder).sign(signing, hashes.SHA256())
