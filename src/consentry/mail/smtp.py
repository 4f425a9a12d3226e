"""SMTP (RFC 5321) by the standard library, in a thread of its own: mail is slow, and no request waits for it."""

import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from anyio import CapacityLimiter, to_thread

from consentry.accounts.model import email_fault
from consentry.mail import MailError, Message
from consentry.spec.mail_server import MailServer

SECONDS = 20.0


class Smtp:
    """Hands letters to one mail server, one connection each. `tls` is made where it is needed."""

    def __init__(
        self, server: MailServer, sender: str, clock: Callable[[], int], tls: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock
        self._tls = tls or ssl.create_default_context()
        self._one = CapacityLimiter(1)

    async def send(self, message: Message) -> None:
        """Raises MailError."""
        await to_thread.run_sync(self._send, message, limiter=self._one, abandon_on_cancel=True)

    def _send(self, message: Message) -> None:
        try:
            with self._connected() as connection:
                connection.send_message(self._written(message), self._sender, [message.to])
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            raise MailError(
                f"the mail server refused the recipient ({_listed(codes)})", final=min(codes) >= 500
            ) from None
        except smtplib.SMTPAuthenticationError as error:
            raise MailError(f"the mail server did not take user and password ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            # What it says beside the code may quote the address.
            raise MailError(f"the mail server refused ({error.smtp_code})") from None
        except smtplib.SMTPNotSupportedError:
            raise MailError("the mail server cannot do what is needed: STARTTLS, a log-in, or this address") from None
        except (smtplib.SMTPException, ssl.SSLError) as error:
            raise MailError(f"the mail server cannot be talked with ({type(error).__name__})") from None
        except OSError as error:
            raise MailError(f"the mail server cannot be reached ({error.strerror or type(error).__name__})") from None

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "implicit":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=self._tls)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        try:
            if server.security == "starttls":
                connection.starttls(context=self._tls)
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _written(self, message: Message) -> EmailMessage:
        written = EmailMessage(policy=SMTP)
        written["From"] = Address("Consentry", addr_spec=self._sender)
        written["To"] = _address(message.to)
        written["Subject"] = message.subject
        written["Date"] = format_datetime(datetime.fromtimestamp(self._clock(), UTC))
        written["Message-ID"] = make_msgid("consentry", self._sender.rpartition("@")[2])
        written["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no out-of-office note in return
        written.set_content(message.text)
        written.add_alternative(message.html, subtype="html")
        return written


def _address(text: str) -> Address:
    name, _, domain = text.rpartition("@")
    try:
        if email_fault(text) is None:
            return Address(username=name, domain=domain)
    except (ValueError, IndexError):
        pass
    raise MailError("the address is none that mail can go to", final=True)


def _listed(codes: set[int]) -> str:
    return ", ".join(str(code) for code in sorted(codes))
