"""Notifications' own configuration: templates, the key of sealed values, mail server and SMS service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from chassis.configuration import ConfigurationError, Environment
from chassis.profiles import ProfileFiles
from chassis.sealing import Seal
from services.notifications.adapters.mail import Mailer, MailServer
from services.notifications.adapters.phrasebooks import read_phrasebooks
from services.notifications.adapters.sms import Smsc
from services.notifications.domain.kinds import EMAIL, KINDS, SMS
from services.notifications.domain.texts import DEFAULT_LANGUAGE, Phrasebook, faults_of
from services.notifications.ports.channels import Sender


@dataclass(frozen=True)
class NotificationTools:
    """What the handlers need."""

    phrasebooks: dict[str, Phrasebook]
    seal: Seal
    senders: dict[str, Sender]

    def phrasebook(self, language: str | None) -> Phrasebook:
        """Of the language, or of the default one."""
        return self.phrasebooks.get(language or "", self.phrasebooks[DEFAULT_LANGUAGE])


def notification_tools(config: dict[str, Any]) -> NotificationTools:
    """From the environment, the profiles and the templates; faults are reported together."""
    env = config["env"]
    seal_key = env.text("SEAL_KEY")
    senders: dict[str, Sender] = {EMAIL: _mailer(env), SMS: _smsc(env)}
    env.check()
    files = ProfileFiles(config["providers_dir"])
    files.check()
    books = read_phrasebooks({provider: core.name for provider, core in files.core.items()})
    faults = faults_of(books, set(KINDS))
    if faults:
        raise ConfigurationError("templates: " + "; ".join(faults))
    return NotificationTools(books, Seal(seal_key), senders)


def _mailer(env: Environment) -> Mailer:
    url, sender = env.text("SMTP_URL"), env.text("MAIL_FROM")
    server = MailServer("smtp", "", 0)
    try:
        server = MailServer.from_url(url) if url else server
    except ValueError:
        # Without the value: it may hold a password.
        env.faults.append("SMTP_URL is not smtp://host:port or smtps://host:port")
    if sender and "@" not in sender:
        env.faults.append("MAIL_FROM is not an address")
    return Mailer(server, sender)


def _smsc(env: Environment) -> Smsc:
    url = env.text("SMS_API_URL")
    if url and not _is_http(url):
        env.faults.append("SMS_API_URL is not an http address")
    return Smsc(url, env.text("SMS_LOGIN"), env.text("SMS_PASSWORD"))


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
