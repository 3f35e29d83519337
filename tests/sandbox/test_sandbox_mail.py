"""SB-1: the mail server and its inbox."""

import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.sandbox.helpers import Sandbox


@pytest.fixture
def smtp(sandbox: Sandbox) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=60) as connection:
        yield connection


def _message(to: str = "Anna <anna@example.org>", text: str = "Ваш счёт готов.\n") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Поставщик <bills@example.org>"
    message["To"] = to
    message["Subject"] = "Квитанция за ноябрь"
    message["Message-ID"] = make_msgid(domain="example.org")
    message.set_content(text)
    return message


def test_a_whole_message_with_files(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    message = _message()
    message.add_alternative("<p>Ваш <b>счёт</b> готов.</p><script>alert(1)</script>", subtype="html")
    message.add_attachment(b"%PDF-1.7 bill", maintype="application", subtype="pdf", filename="Счёт.pdf")
    message.add_attachment("a;b\n", subtype="csv", filename="readings.csv")
    smtp.send_message(message, to_addrs=["anna@example.org", "hidden@example.org"])

    [mail] = sandbox.inbox("mail", to="ANNA@example.org")
    assert mail["subject"] == "Квитанция за ноябрь"
    assert mail["from"] == "Поставщик <bills@example.org>"
    assert mail["to"] == ["anna@example.org", "hidden@example.org"]
    assert mail["header_to"] == "Anna <anna@example.org>"
    assert mail["message_id"] == message["Message-ID"]
    assert mail["text"].strip() == "Ваш счёт готов." and "<b>счёт</b>" in mail["html"]
    pdf, csv = mail["attachments"]
    assert (pdf["name"], pdf["content_type"], pdf["size"]) == ("Счёт.pdf", "application/pdf", 13)
    assert (csv["name"], csv["content_type"]) == ("readings.csv", "text/csv")
    download = sandbox.http.get(pdf["url"])
    assert download.content == b"%PDF-1.7 bill" and download.headers["content-type"] == "application/pdf"
    assert download.headers["content-disposition"].startswith("attachment")
    assert sandbox.http.get(pdf["url"] + "9").status_code == 404

    assert sandbox.http.get(f"/inbox/mail/{mail['id']}").json() == mail
    page = sandbox.http.get(f"/mail/{mail['id']}").text
    assert "Ваш счёт готов." in page and "<script" not in page
    assert sandbox.inbox("mail", to="nobody@example.org") == []
    sandbox.http.delete("/inbox")
    assert sandbox.inbox("mail") == []


def test_html_only_and_strange_charsets(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    raw = (
        b"Subject: odd\r\nContent-Type: text/html; charset=no-such-charset\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\n<p>\xd0\x96\xff</p>\r\n"
    )
    smtp.sendmail("a@example.org", ["b@example.org"], raw)
    smtp.sendmail("a@example.org", ["b@example.org"], b"no headers at all")
    smtp.sendmail("a@example.org", ["b@example.org"], b"Subject: \xff\xfe\r\n\r\nnot UTF-8")
    odd, bare, _ = sandbox.inbox("mail")
    assert (odd["subject"], odd["text"]) == ("odd", "") and "Ж" in odd["html"]
    assert bare["subject"] == "" and bare["envelope_from"] == "a@example.org"


def test_bounce_is_refused_for_good(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        smtp.send_message(_message(), to_addrs=["bounce@example.org"])
    assert refusal.value.recipients["bounce@example.org"][0] == 550
    assert sandbox.inbox("mail") == []


def test_later_is_put_off_once_for_each_message(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    for message in (_message(), _message()):
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            smtp.send_message(message, to_addrs=["later@example.org"])
        assert refusal.value.smtp_code == 451
        smtp.send_message(message, to_addrs=["later@example.org"])
    assert len(sandbox.inbox("mail", to="later@example.org")) == 2


def test_mail_goes_wrong_as_asked(sandbox: Sandbox) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=60) as smtp:
            smtp.send_message(_message(to="a@example.org"))

    sandbox.fault("smtp", "down")
    sandbox.fault("smtp", "error")
    sandbox.fault("smtp", "error", code=554)
    sandbox.fault("smtp", "no_answer")
    sandbox.fault("smtp", "slow", seconds=0.3)
    with pytest.raises(smtplib.SMTPSenderRefused) as down:
        send()
    assert down.value.smtp_code == 421
    for code in (451, 554):
        with pytest.raises(smtplib.SMTPDataError) as error:
            send()
        assert error.value.smtp_code == code
    assert sandbox.inbox("mail") == []
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send()
    assert len(sandbox.inbox("mail")) == 1  # kept, though nobody was told
    began = time.monotonic()
    send()
    assert time.monotonic() - began >= 0.3
