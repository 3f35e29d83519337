"""Mail server and SMS service: what each answer means; and the configuration."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.configuration import ConfigurationError, Environment
from deploy.local.names import ROOT
from services.notifications.adapters.mail import Mailer, MailServer
from services.notifications.adapters.sms import Smsc
from services.notifications.configuration import notification_tools
from services.notifications.domain.failures import BouncedError, PutOffError, RefusedError, SendingError
from services.notifications.domain.letters import Letter
from services.notifications.domain.texts import Text
from tests.notifications.conftest import Outside
from tests.sandbox.helpers import free_port
from tests.support_code.tokens import Tokens


def _letter(address: str, title: str = "Title") -> Letter:
    return Letter("0190f0f0-aaaa-7bbb-8ccc-121212121212", address, "en", Text(title, "One\n\nTwo & three"))


def _mailer(outside: Outside, **changes: Any) -> Mailer:
    server = {"scheme": "smtp", "host": "127.0.0.1", "port": outside.smtp_port, **changes}
    return Mailer(MailServer(**server), "Cabinet <cabinet@cabinet.example>")


def _smsc(outside: Outside, password: str = "sms-password") -> Smsc:
    return Smsc(outside.variables["SMS_API_URL"], "sms", password)


def test_nt_2_a_mail(outside: Outside) -> None:
    _mailer(outside).send(_letter("ann@home.example"))
    (mail,) = outside.mails()
    assert mail["from"] == "Cabinet <cabinet@cabinet.example>"
    assert mail["message_id"] == "<0190f0f0-aaaa-7bbb-8ccc-121212121212@cabinet.example>"
    assert mail["text"].replace("\r\n", "\n") == "One\n\nTwo & three\n" and "Two &amp; three" in mail["html"]
    assert ["Auto-Submitted", "auto-generated"] in [list(header) for header in mail["headers"]]


@pytest.mark.parametrize(
    ("code", "error"), [(421, PutOffError), (451, PutOffError), (550, RefusedError), (554, RefusedError)]
)
def test_nt_3_the_message_is_refused(outside: Outside, code: int, error: type[SendingError]) -> None:
    outside.fault("smtp", "error", code=code)
    with pytest.raises(error, match=str(code)):
        _mailer(outside).send(_letter("ann@home.example"))


def test_nt_3_the_recipient_is_refused(outside: Outside) -> None:
    with pytest.raises(BouncedError, match="smtp_550"):
        _mailer(outside).send(_letter("bounce@home.example"))


def test_nt_3_the_mail_server_is_away(outside: Outside) -> None:
    with pytest.raises(PutOffError, match="smtp_unreachable"):
        _mailer(outside, port=free_port()).send(_letter("ann@home.example"))


def test_no_password_in_the_clear(outside: Outside) -> None:
    with pytest.raises(PutOffError, match="smtp_without_tls"):
        _mailer(outside, user="cabinet", password="secret").send(_letter("ann@home.example"))


@pytest.mark.parametrize(
    ("address", "title"), [("ann@home.example\r\nBcc: b@c.example", "T"), ("ann@home.example", "T\nBcc: x")]
)
def test_no_header_can_be_brought_in(outside: Outside, address: str, title: str) -> None:
    with pytest.raises(RefusedError, match="unsendable"):
        _mailer(outside).send(_letter(address, title))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (1, RefusedError),
        (2, PutOffError),
        (3, PutOffError),
        (6, RefusedError),
        (7, BouncedError),
        (8, BouncedError),
        (9, PutOffError),
    ],
)
def test_nt_3_what_the_sms_service_refuses(outside: Outside, code: int, error: type[SendingError]) -> None:
    outside.fault("smsc.send", "error", code=code)
    with pytest.raises(error, match=f"sms_{code}"):
        _smsc(outside).send(_letter("+79001234567"))


def test_nt_3_the_sms_service_is_away(outside: Outside) -> None:
    outside.fault("smsc.send", "down")
    with pytest.raises(PutOffError, match="sms_http_503"):
        _smsc(outside).send(_letter("+79001234567"))
    with pytest.raises(PutOffError, match="sms_2"):
        _smsc(outside, "wrong").send(_letter("+79001234567"))
    with pytest.raises(PutOffError, match="sms_unreachable"):
        Smsc(f"http://127.0.0.1:{free_port()}", "sms", "x").send(_letter("+79001234567"))


def test_mail_addresses() -> None:
    assert MailServer.from_url("smtp://mail") == MailServer("smtp", "mail", 25)
    assert MailServer.from_url("smtps://me%40x:p%3Aw@mail") == MailServer("smtps", "mail", 465, "me@x", "p:w")
    assert "p:w" not in repr(MailServer.from_url("smtps://me:p%3Aw@mail:2465"))
    for wrong in ("mail:25", "http://mail", "smtp://"):
        with pytest.raises(ValueError, match="smtp://"):
            MailServer.from_url(wrong)


def test_configuration_names_every_fault_and_no_password(tokens: Tokens) -> None:
    variables = {
        "SEAL_KEY": tokens.seal_key,
        "SMTP_URL": "ftp://me:hush@mail",
        "MAIL_FROM": "cabinet",
        "SMS_API_URL": "host:99999",
        "SMS_LOGIN": "cabinet",
    }
    env = Environment(variables)
    with pytest.raises(ConfigurationError) as raised:
        notification_tools({"env": env, "providers_dir": str(ROOT / "providers")})
    text = str(raised.value)
    for name in ("SMTP_URL", "MAIL_FROM", "SMS_API_URL", "SMS_PASSWORD"):
        assert name in text
    assert "hush" not in text
