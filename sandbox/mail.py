"""The mail server: takes everything, parses it, keeps it.

Addresses at bounce@ are refused with 550, at later@ with 451 the first time a message (by its Message-ID)
comes.
"""

import asyncio
import hashlib
import itertools
import socket
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default as policy
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.clock import iso, now
from sandbox.faults import Fault, Faults

_KEPT = 2_000


@dataclass(frozen=True)
class Attachment:
    """A file of a message."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """A message that arrived; `recipients` are those of the envelope, blind copies included."""

    id: int
    sender: str
    recipients: list[str]
    message_id: str
    subject: str
    header_from: str
    header_to: str
    headers: list[tuple[str, str]]
    text: str
    html: str
    attachments: list[Attachment]
    received_at: datetime = field(default_factory=now)

    def as_json(self, inbox_url: str) -> dict[str, Any]:
        """The message as GET /inbox/mail shows it."""
        return {
            "id": self.id,
            "received_at": iso(self.received_at),
            "envelope_from": self.sender,
            "to": self.recipients,
            "from": self.header_from,
            "header_to": self.header_to,
            "message_id": self.message_id,
            "subject": self.subject,
            "headers": self.headers,
            "text": self.text,
            "html": self.html,
            "attachments": [
                {
                    "name": attachment.name,
                    "content_type": attachment.content_type,
                    "size": len(attachment.content),
                    "url": f"{inbox_url}/{self.id}/attachments/{number}",
                }
                for number, attachment in enumerate(self.attachments)
            ],
        }


class Mailbox:
    """The messages, and what aiosmtpd calls while it talks with a client."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.mails: deque[Mail] = deque(maxlen=_KEPT)
        self._ids = itertools.count(1)
        self._put_off: set[str] = set()

    def find(self, mail_id: int) -> Mail | None:
        """The message of this id."""
        return next((mail for mail in self.mails if mail.id == mail_id), None)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A message begins: the moment that a fault is used."""
        fault = self._faults.take("smtp")
        if fault and fault.kind == "down":
            return "421 4.3.2 Service not available"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        envelope.fault = fault  # type: ignore[attr-defined]
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """One recipient: refused or taken."""
        if address.lower().startswith("bounce@"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The whole message: put off, lost or kept."""
        fault: Fault | None = getattr(envelope, "fault", None)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind == "error":
            code = fault.code or 451
            return f"{code} {code // 100}.3.0 Transaction failed"
        mail = self._parse(envelope, content)
        if any(address.lower().startswith("later@") for address in envelope.rcpt_tos):
            key = mail.message_id or hashlib.sha256(content).hexdigest()
            if key not in self._put_off:
                self._put_off.add(key)
                return "451 4.7.1 Try again later"
        self.mails.append(mail)
        if fault and fault.kind == "no_answer" and server.transport is not None:
            server.transport.abort()  # type: ignore[attr-defined]
        return f"250 2.0.0 OK: {mail.id}"

    def _parse(self, envelope: Envelope, content: bytes) -> Mail:
        message: EmailMessage = message_from_bytes(content, policy=policy)
        return Mail(
            id=next(self._ids),
            sender=_clean(envelope.mail_from or ""),
            recipients=[_clean(address) for address in envelope.rcpt_tos],
            message_id=_clean(message.get("Message-ID", "")).strip(),
            subject=_clean(message.get("Subject", "")),
            header_from=_clean(message.get("From", "")),
            header_to=_clean(message.get("To", "")),
            headers=[(_clean(name), _clean(value)) for name, value in message.items()],
            text=_body(message, "plain"),
            html=_body(message, "html"),
            attachments=list(_attachments(message)),
        )


def _clean(text: object) -> str:
    """The text without the surrogates that stand for bytes which are not UTF-8: JSON cannot carry them."""
    return str(text).encode("utf-8", "replace").decode()


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return _text(part) if part is not None else ""


def _text(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset that nobody knows
        return content.decode("utf-8", "replace")


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    for part in message.walk():
        if part.is_multipart() or not (part.get_filename() or part.get_content_disposition() == "attachment"):
            continue
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        yield Attachment(_clean(part.get_filename() or "attachment"), part.get_content_type(), content)


async def create_smtp_server(mailbox: Mailbox, listener: socket.socket) -> asyncio.Server:
    """Listen for mail in the running loop."""
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        # A name of its own: otherwise the library asks the resolver for one, which may take seconds.
        return SMTP(mailbox, enable_SMTPUTF8=True, hostname="sandbox.localhost", ident="sandbox", loop=loop)

    return await loop.create_server(protocol, sock=listener)
