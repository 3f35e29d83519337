"""E-mail over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, parseaddr
from urllib.parse import unquote, urlsplit

from services.notifications.domain.failures import BouncedError, PutOffError, RefusedError
from services.notifications.domain.letters import Letter

TIMEOUT = 10.0  # of each step of the dialogue
# Answers to a recipient that say something about the message or the moment, not about the address: mailbox full,
# policy. Any other 5xx means that the address takes no mail.
FULL, POLICY = 552, 554
PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """``smtp://[user:password@]host[:port]``, or ``smtps://`` for TLS from the first byte."""

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> MailServer:
        """Raises ValueError, which does not quote the URL: it may hold a password."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("not smtp://host:port or smtps://host:port")
        port = parts.port or PORTS[parts.scheme]
        return cls(
            parts.scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or "")
        )


class Mailer:
    """Sends one message a connection."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
        self._tls = ssl.create_default_context()

    def send(self, letter: Letter) -> None:
        """See Sender. Where the answer to the message is lost, it is put off and may come twice: with the same
        Message-ID, by which mailboxes drop a repetition."""
        try:
            message = self._message(letter)
        except ValueError as error:
            raise RefusedError("unsendable") from error
        try:
            with self._connect() as smtp:
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _recipient_refused(next(iter(error.recipients.values()))[0]) from error
        except smtplib.SMTPDataError as error:
            if error.smtp_code >= 500:
                raise RefusedError(f"smtp_{error.smtp_code}") from error
            raise PutOffError(f"smtp_{error.smtp_code}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise RefusedError("smtp_not_supported") from error
        except smtplib.SMTPResponseException as error:
            # The sender or the sign-in was refused: our configuration, which someone will put right.
            raise PutOffError(f"smtp_{error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise PutOffError("smtp_unreachable") from error

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, self._domain, timeout=TIMEOUT, context=self._tls
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, self._domain, timeout=TIMEOUT)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.scheme == "smtp" and smtp.has_extn("starttls"):
                smtp.starttls(context=self._tls)
                smtp.ehlo()
            elif server.scheme == "smtp" and server.user:
                raise PutOffError("smtp_without_tls")  # never the password in the clear
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = self._sender
        message["To"] = letter.address
        message["Subject"] = letter.text.title
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{letter.id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = letter.language
        message.set_content(letter.text.text + "\n")
        message.add_alternative(letter.text.html, subtype="html")
        return message


def _recipient_refused(code: int) -> Exception:
    if code < 500 or code == FULL:
        return PutOffError(f"smtp_{code}")
    return RefusedError(f"smtp_{code}") if code == POLICY else BouncedError(f"smtp_{code}")
