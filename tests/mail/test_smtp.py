"""Handing mail to a real SMTP server: in the clear on loopback, with STARTTLS, with implicit TLS, with a log-in."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from consentry.mail import MailError, Message
from consentry.mail.smtp import Smtp
from consentry.spec.mail_server import MailServer

pytestmark = pytest.mark.anyio

SENDER = "consentry@consentry.example"
MESSAGE = Message("ada@example.com", "Grüße", "Ein Text.\n", "<p>Ein Text.</p>\n")


@dataclass
class Taken:
    """What a server was handed; it refuses recipients whose address begins with a number."""

    envelopes: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if address[0].isdigit():
            return f"{address[:3]} {address} is not wanted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"


class AnyPort(Controller):
    """It looks whether it is there at the port that it was given, which is to be any."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def served_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def _let_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"ada", b"sesame"), handled=False)


@contextmanager
def serving(**options: Any) -> Iterator[tuple[Taken, int]]:
    taken = Taken()
    controller = AnyPort(taken, hostname="127.0.0.1", port=0, ready_timeout=60, **options)
    controller.start()
    try:
        yield taken, controller.port
    finally:
        controller.stop()


def smtp(server: MailServer, tls: ssl.SSLContext | None = None) -> Smtp:
    return Smtp(server, SENDER, lambda: 1_800_000_000, tls)


async def test_a_letter_arrives_as_text_and_html() -> None:
    with serving() as (taken, port):
        await smtp(MailServer("127.0.0.1", port, "none")).send(MESSAGE)
    (envelope,) = taken.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [MESSAGE.to])
    assert isinstance(envelope.content, bytes)
    parsed = message_from_bytes(envelope.content, policy=policy.default)
    assert (parsed["Subject"], parsed["To"], parsed["From"]) == ("Grüße", MESSAGE.to, f"Consentry <{SENDER}>")
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Date"].datetime.timestamp() == 1_800_000_000
    assert parsed["Message-ID"].endswith("@consentry.example>")
    parts = [part.get_content().replace("\r\n", "\n") for part in parsed.iter_parts()]
    assert parts == [MESSAGE.text, MESSAGE.html]


@pytest.mark.parametrize("security", ["starttls", "implicit"])
async def test_over_tls_it_logs_in_and_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: Path, security: Any
) -> None:
    tls = served_tls(certificate)
    options: dict[str, Any] = {"ssl_context": tls} if security == "implicit" else {"tls_context": tls}
    asked = {"authenticator": _let_in, "auth_require_tls": security == "starttls"}
    with serving(**options, **asked) as (taken, port):
        server = MailServer("127.0.0.1", port, security, "ada", "sesame")
        await smtp(server, trusting(certificate)).send(MESSAGE)
        with pytest.raises(MailError, match="SSLCertVerificationError"):
            await smtp(server).send(MESSAGE)
        stranger = MailServer("127.0.0.1", port, security, "ada", "guess")
        with pytest.raises(MailError, match=r"did not take user and password \(535\)"):
            await smtp(stranger, trusting(certificate)).send(MESSAGE)
    assert len(taken.envelopes) == 1


async def test_without_starttls_nothing_is_sent_where_it_is_wanted(certificate: Path) -> None:
    with serving() as (taken, port), pytest.raises(MailError, match="cannot do what is needed"):
        await smtp(MailServer("127.0.0.1", port, "starttls"), trusting(certificate)).send(MESSAGE)
    assert taken.envelopes == []


@pytest.mark.parametrize(("code", "final"), [(450, False), (550, True)])
async def test_a_recipient_who_is_refused_for_good_is_not_tried_again(code: int, final: bool) -> None:
    with serving() as (_, port), pytest.raises(MailError) as caught:
        await smtp(MailServer("127.0.0.1", port, "none")).send(Message(f"{code}@example.com", "", "", ""))
    assert caught.value.final is final
    assert str(caught.value) == f"the mail server refused the recipient ({code})"


async def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(MailError, match="cannot be reached") as caught:
        await smtp(MailServer("127.0.0.1", 9, "none")).send(MESSAGE)
    assert not caught.value.final


@pytest.mark.parametrize("to", ["ada@example.com,eve@example.com", "ada@example.com\r\nBcc: eve@example.com", "ada@"])
async def test_an_address_is_one_address(to: str) -> None:
    with serving() as (taken, port), pytest.raises(MailError) as caught:
        await smtp(MailServer("127.0.0.1", port, "none")).send(Message(to, "x", "x", "x"))
    assert caught.value.final
    assert taken.envelopes == []
