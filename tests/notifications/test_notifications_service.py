"""Notifications as a running service: real broker, database, mail server and SMS service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from authorisation.access import people_of
from chassis import background_jobs
from chassis.database import Database, DatabaseConnection
from chassis.sealing import Seal
from contracts.errors import CabinetError
from contracts.events.identity import LanguageChosen, PasswordChanged
from contracts.identifiers import new_id
from services.notifications.adapters import mail as mail_adapter
from services.notifications.service import NotificationsService
from tests.notifications import samples
from tests.notifications.conftest import Outside
from tests.support_code.bus import calling
from tests.support_code.databases import rows, value
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import PATIENCE, eventually, stays

Publish = Callable[..., str]
Dispatches = Callable[[], list[tuple[Any, ...]]]


@pytest.fixture
def seal(tokens: Tokens) -> Seal:
    return Seal(tokens.seal_key)


@pytest.fixture
def ask(rpc: Callable[..., Any], tokens: Tokens) -> Callable[..., Any]:
    """``ask(person, "messages", limit=2)``."""

    def call(person: str, method: str, **request: Any) -> Any:
        with calling(tokens.person(person)):
            return getattr(rpc("notifications"), method)(**request)

    return call


def _handled(url: str, *events: str) -> bool:
    return bool(
        value(url, "select count(*) from inbox where event_id = any(%s)", list(events)) == len(events)
    )


def _tell(publish: Publish, url: str, *events: Any) -> None:
    """Publish one after the other, each once the one before was handled."""
    for event in events:
        sent = publish(event)
        eventually(lambda sent=sent: _handled(url, sent))


# --- codes --------------------------------------------------------------------------------------------------------


def test_nt_2_a_code_leaves_at_once_by_sms(
    monkeypatch: pytest.MonkeyPatch,
    run_service: Callable[..., Running],
    outside: Outside,
    publish_event: Publish,
    seal: Seal,
    url: str,
    dispatches: Dispatches,
) -> None:
    monkeypatch.setattr(background_jobs, "LOOK_EVERY", 10 * PATIENCE)  # who only polls would find it too late
    run_service(NotificationsService, environment=outside.variables)
    sealed = seal.close({"code": "814253", "address": "+79001234567"})
    publish_event(samples.code(sealed))
    (sms,) = eventually(outside.messages)
    assert sms["phone"] == "79001234567"
    assert sms["text"] == "Код 814253. Действует 10 минут. Никому его не сообщайте."
    assert eventually(lambda: dispatches() == [("code", "sms", "sent", 1, "")])
    assert value(url, "select sealed from dispatch") is None


def test_nt_2_a_code_by_email_in_the_language_asked_for(
    service: Running, outside: Outside, publish_event: Publish, seal: Seal
) -> None:
    sealed = seal.close({"code": "000111", "address": "ann@home.example"})
    publish_event(samples.code(sealed, channel="email", language="en", purpose="email"))
    (mail,) = eventually(outside.mails)
    assert mail["to"] == ["ann@home.example"] and mail["subject"] == "Confirmation code"
    assert (
        mail["text"]
        .replace("\xa0", " ")
        .startswith("000111 is your cabinet code. It is good for 10 minutes.")
    )


def test_id_4_a_code_is_nowhere_in_the_clear(
    service: Running,
    outside: Outside,
    publish_event: Publish,
    seal: Seal,
    url: str,
    dispatches: Dispatches,
    capfd: pytest.CaptureFixture[str],
) -> None:
    outside.fault("smsc.send", "error", code=3)
    publish_event(samples.code(seal.close({"code": "314159", "address": "+79007654321"})))
    eventually(lambda: dispatches() and dispatches()[0][2] == "retrying")
    for (row,) in rows(url, "select dispatch::text from dispatch"):
        assert "314159" not in row and "79007654321" not in row
    output = "".join(capfd.readouterr())
    assert "314159" not in output and "79007654321" not in output


@pytest.mark.parametrize(
    ("purpose", "kind", "subject", "life"),
    [
        ("registration", "registration_link", "Confirm your registration", 86_400),
        ("recovery", "recovery_mail", "A new password for your cabinet", 600),
        (
            "phone_change_link",
            "phone_change_mail",
            "The phone number of your cabinet is being changed",
            86_400,
        ),
    ],
)
def test_id_4_a_link_comes_by_mail_and_is_kept_nowhere(
    service: Running,
    outside: Outside,
    publish_event: Publish,
    seal: Seal,
    url: str,
    dispatches: Dispatches,
    purpose: str,
    kind: str,
    subject: str,
    life: float,
) -> None:
    link = "https://cabinet.example/page#token=01a2.secret"
    sealed = seal.close({"link": link, "code": "000111", "address": "ann@home.example"})
    publish_event(samples.code(sealed, channel="email", language="en", life=life, purpose=purpose))
    (mail,) = eventually(outside.mails)
    assert mail["subject"] == subject and link in mail["text"].splitlines()
    assert ("24\xa0hours" in mail["text"]) == (life == 86_400)
    eventually(lambda: dispatches() == [(kind, "email", "sent", 1, "")])
    assert not any(
        "secret" in row or "ann@" in row for (row,) in rows(url, "select dispatch::text from dispatch")
    )


def test_drill_17_the_owner_of_a_taken_address_is_told_and_a_decoy_tells_nobody(
    service: Running, outside: Outside, publish_event: Publish, seal: Seal, url: str, dispatches: Dispatches
) -> None:
    by_phone = seal.close({"code": "000111", "address": "+79001234567"})
    by_mail = seal.close({"link": "https://cabinet.example/x", "address": "ann@home.example"})
    decoys = [publish_event(samples.code(by_phone, purpose="decoy")),
              publish_event(samples.code(by_mail, channel="email", purpose="decoy"))]  # fmt: skip
    publish_event(samples.code(by_phone, purpose="taken"))
    publish_event(samples.code(by_mail, channel="email", language="en", purpose="taken"))
    (sms,) = eventually(outside.messages)
    assert sms["text"] == "Вы уже зарегистрированы. Войдите в кабинет или восстановите пароль."
    (mail,) = eventually(outside.mails)
    assert mail["subject"] == "You are registered already" and "http" not in mail["text"]
    eventually(lambda: _handled(url, *decoys))
    assert sorted(row[0] for row in dispatches()) == ["taken", "taken_mail"]


def test_id_5_a_changed_password_is_told_to_all_contacts_whatever_was_chosen(
    service: Running, outside: Outside, publish_event: Publish, url: str, ask: Callable[..., Any]
) -> None:
    person = new_id()
    _tell(
        publish_event,
        url,
        samples.registered(person),
        samples.contact(person, "email", "ann@home.example"),
        samples.contact(person, "phone", "+79001234567"),
        LanguageChosen(person=person, at=samples.now(), language="uk"),
        PasswordChanged(person=person, at=samples.now(), recovered=True),
    )
    (sms,) = eventually(outside.messages)
    assert sms["text"] == "Пароль кабінету змінено. Якщо це не ви, відновіть його."
    (mail,) = eventually(outside.mails)
    assert (mail["to"], mail["subject"]) == (["ann@home.example"], "Пароль змінено")
    newest = ask(person, "messages")["messages"][0]
    assert (newest["kind"], newest["data"]) == ("password_changed", {"kind": "profile"})
    with pytest.raises(CabinetError, match="choice_locked"):
        ask(person, "choose", kind="password_changed", channel="sms", enabled=False)


def test_nt_3_a_code_that_has_expired_is_not_sent(
    service: Running, outside: Outside, publish_event: Publish, seal: Seal, url: str, dispatches: Dispatches
) -> None:
    sealed = seal.close({"code": "814253", "address": "+79001234567"})
    publish_event(samples.code(sealed, life=-1))
    eventually(lambda: dispatches() == [("code", "sms", "failed", 1, "expired")])
    assert outside.messages() == [] and value(url, "select sealed from dispatch") is None


def test_a_seal_that_is_not_ours_ends_the_delivery(
    service: Running, publish_event: Publish, dispatches: Dispatches
) -> None:
    publish_event(samples.code("forged"))
    eventually(lambda: dispatches() == [("code", "sms", "failed", 1, "seal_broken")])


# --- the bell and e-mail ------------------------------------------------------------------------------------------


def test_nt_1_the_bell(service: Running, publish_event: Publish, url: str, ask: Callable[..., Any]) -> None:
    ann = new_id()
    bill, payment = samples.bill(), samples.posted()
    _tell(publish_event, url, samples.registered(ann), samples.linked(ann), bill, payment, samples.points())
    assert ask(ann, "unread") == {"unread": 5}
    page = ask(ann, "messages", limit=2)
    assert [message["kind"] for message in page["messages"]] == ["points_awarded", "payment_posted"]
    points, posted = page["messages"]
    assert points["title"].replace("\xa0", " ") == "Начислено: 3 балла"
    assert "1234567890: 22\xa0балла" in points["text"]
    assert posted["data"] == {"kind": "payment", "account": samples.ACCOUNT, "payment": payment.payment}
    assert posted["read_at"] is None and "Переплата: 50,00\xa0₽" in posted["text"]
    rest = ask(ann, "messages", cursor=page["next"])
    kinds = [message["kind"] for message in rest["messages"]]
    assert kinds == ["bill_issued", "account_linked", "registered"] and rest["next"] is None
    issued = rest["messages"][0]
    assert issued["title"].replace("\xa0", " ") == "Счёт за октябрь 2026: к оплате 1 300,00 ₽"
    assert issued["data"] == {
        "kind": "bill",
        "account": samples.ACCOUNT,
        "bill": bill.bill,
        "period": "2026-10",
    }

    overview = ask(ann, "overview")
    assert overview["unread"] == 5 and overview["latest"][0] == points and len(overview["latest"]) == 5
    assert ask(ann, "mark_read", messages=[points["id"]]) == {"unread": 4}
    assert ask(ann, "messages", limit=1)["messages"][0]["read_at"] is not None
    assert ask(ann, "mark_read", all=True) == {"unread": 0}
    assert ask(ann, "overview")["unread"] == 0


def test_nt_1_a_bell_without_messages(service: Running, ask: Callable[..., Any]) -> None:
    somebody = new_id()
    assert ask(somebody, "overview") == {"unread": 0, "latest": []}
    assert ask(somebody, "messages") == {"messages": [], "next": None}


def test_nt_1_messages_are_the_person_s_own(
    service: Running, publish_event: Publish, url: str, ask: Callable[..., Any], rpc: Callable[..., Any]
) -> None:
    ann, bob = new_id(), new_id()
    _tell(publish_event, url, samples.registered(ann))
    hers = ask(ann, "messages")["messages"][0]["id"]
    assert ask(bob, "mark_read", messages=[hers]) == {"unread": 0}
    assert ask(ann, "unread") == {"unread": 1} and ask(bob, "messages")["messages"] == []
    for method in ("messages", "unread", "overview", "choices"):
        with pytest.raises(CabinetError, match="unauthenticated"):
            getattr(rpc("notifications"), method)()


@pytest.mark.parametrize(
    "wrong",
    [{}, {"all": False}, {"all": True, "messages": [new_id()]}, {"messages": []}, {"messages": ["1"]}],
)
def test_mark_read_refuses_what_is_not_clear(
    service: Running, ask: Callable[..., Any], wrong: dict[str, Any]
) -> None:
    with pytest.raises(CabinetError, match="validation_failed"):
        ask(new_id(), "mark_read", **wrong)


def test_nt_2_an_email_with_both_bodies(
    service: Running, outside: Outside, publish_event: Publish, url: str, dispatches: Dispatches
) -> None:
    ann = new_id()
    _tell(publish_event, url, samples.contact(ann, "email", "ann@home.example", "uk"), samples.linked(ann))
    eventually(outside.mails)
    outside.http.delete("/inbox")
    _tell(publish_event, url, samples.reading())
    (mail,) = eventually(outside.mails)
    assert mail["to"] == ["ann@home.example"] and mail["envelope_from"] == "cabinet@cabinet.example"
    assert mail["subject"].replace("\xa0", " ") == "Показання за жовтень 2026 прийнято"
    assert "день 4\xa0036,5, ніч 120\xa0кВт·год" in mail["text"]
    assert mail["html"].startswith("<!doctype html>")
    dispatch = value(url, "select id::text from dispatch where kind = 'reading_accepted'")
    assert mail["message_id"] == f"<{dispatch}@cabinet.example>"
    assert eventually(lambda: dispatches()[-1] == ("reading_accepted", "email", "sent", 1, ""))


def test_nt_2_every_kind_reaches_the_person(
    service: Running, outside: Outside, publish_event: Publish, url: str, ask: Callable[..., Any]
) -> None:
    ann = new_id()
    _tell(
        publish_event,
        url,
        samples.registered(ann, "en"),
        samples.contact(ann, "email", "ann@home.example", "en"),
        samples.opened(),
        samples.linked(ann),
        samples.reading(),
        samples.verification(),
        *(samples.alert(kind) for kind in ("leak", "base_load", "surge", "drop", "nothing")),
        samples.alert(cleared=True),
        samples.bill(),
        samples.posted("0"),
        samples.canceled(ann),
        samples.receipt(ann),
        samples.points(1, 21),
        samples.level(),
        samples.answered(ann),
    )
    titles = [message["title"].replace("\xa0", " ") for message in ask(ann, "messages")["messages"]]
    assert titles == [
        "Your appeal was answered",
        "Your new level: ideal",
        "You earned 1 point",
        "Fiscal receipt for RUB 1,350.00",
        "Payment of RUB 99.90 did not go through",
        "Payment of RUB 1,350.00 received",
        "Bill for October 2026: RUB 1,300.00 to pay",
        "As usual again: meter No. 20417733",
        "Nothing is used: meter No. 20417733",
        "Far less was used than usual: meter No. 20417733",
        "Far more was used than usual: meter No. 20417733",
        "Something is on all the time: meter No. 20417733",
        "Water does not stop running: meter No. 20417733",
        "Meter No. 115268446: verification by 3 December 2026",
        "Readings for October 2026 accepted",
        "Account 1234567890 was added",
        "Welcome to your cabinet",
    ]
    # The bell alone for registration, a payment that did not go through, and points.
    mails = eventually(lambda: outside.mails() if len(outside.mails()) == 14 else [])
    assert {mail["subject"].replace("\xa0", " ") for mail in mails} == set(titles) - {
        titles[2],
        titles[4],
        titles[16],
    }


def test_payments_without_signing_in_tell_nobody(service: Running, publish_event: Publish, url: str) -> None:
    _tell(publish_event, url, samples.canceled(None), samples.receipt(None))
    assert value(url, "select count(*) from message") == 0


def test_id_6_the_others_are_told_that_somebody_linked_the_account(
    service: Running, outside: Outside, publish_event: Publish, url: str, ask: Callable[..., Any]
) -> None:
    ann, bob = new_id(), new_id()
    _tell(publish_event, url, samples.contact(ann, "email", "ann@home.example"), samples.linked(ann))
    _tell(publish_event, url, samples.linked(bob, samples.AT + timedelta(days=1)))
    kinds = [message["kind"] for message in ask(ann, "messages")["messages"]]
    assert kinds == ["account_linked_by_other", "account_linked"]
    assert [message["kind"] for message in ask(bob, "messages")["messages"]] == ["account_linked"]
    eventually(lambda: any("кто-то ещё" in mail["subject"] for mail in outside.mails()))
    assert bob not in ask(ann, "messages")["messages"][0]["text"]


def test_id_6_a_confirmed_link_is_told_to_nobody_again(
    service: Running, publish_event: Publish, url: str, ask: Callable[..., Any]
) -> None:
    ann, bob, later = new_id(), new_id(), samples.AT + timedelta(days=1)
    _tell(publish_event, url, samples.linked(ann), samples.linked(bob))
    told = [len(ask(person, "messages")["messages"]) for person in (ann, bob)]
    _tell(publish_event, url, msgspec.structs.replace(samples.linked(bob, later), changed=True))
    assert [len(ask(person, "messages")["messages"]) for person in (ann, bob)] == told


def test_id_6_who_sees_amounts_only_hears_no_news_of_the_account(
    service: Running, publish_event: Publish, url: str, ask: Callable[..., Any]
) -> None:
    ann, bob = new_id(), new_id()
    limited = msgspec.structs.replace(samples.linked(bob), scopes=["amounts", "pay"])
    _tell(publish_event, url, samples.linked(ann), limited, samples.bill(), samples.reading())
    kinds = {person: {one["kind"] for one in ask(person, "messages")["messages"]} for person in (ann, bob)}
    assert kinds[ann] >= {"bill_issued", "reading_accepted"}
    assert kinds[bob] == {"account_linked"}


@pytest.mark.parametrize(
    ("channel", "address", "provider", "kind"),
    [
        ("email", "guest@home.example", samples.PROVIDER, "access_offered"),
        ("phone", "+79007654321", samples.PROVIDER, "access_offered_sms"),
        ("email", "guest@home.example", "", "membership_offered"),
        ("phone", "+79007654321", "", "membership_offered_sms"),
    ],
)
def test_id_11_an_offer_goes_to_its_address_whoever_has_it(
    service: Running,
    outside: Outside,
    publish_event: Publish,
    seal: Seal,
    url: str,
    ask: Callable[..., Any],
    dispatches: Dispatches,
    channel: str,
    address: str,
    provider: str,
    kind: str,
) -> None:
    ann = new_id()
    for invited in (None, ann):
        _tell(
            publish_event,
            url,
            samples.offered(seal.close({"address": address}), channel, invited, provider),
        )
    way = "email" if channel == "email" else "sms"
    eventually(lambda: dispatches() == [(kind, way, "sent", 1, "")] * 2)
    sent = outside.mails() if way == "email" else outside.messages()
    assert {str(one["to"] if way == "email" else one["phone"]) for one in sent} == {
        str([address] if way == "email" else address.lstrip("+"))
    }
    [message] = ask(ann, "messages")["messages"]
    assert message["kind"] == kind.removesuffix("_sms") and set(message["data"]) == {"kind", "offer"}
    # The address is nowhere once it is sent.
    text = str(
        rows(url, "select dispatch::text from dispatch") + rows(url, "select message::text from message")
    )
    assert address not in text


def test_id_11_giver_receiver_and_other_owners_are_told_of_a_grant(
    service: Running, publish_event: Publish, url: str, ask: Callable[..., Any]
) -> None:
    owner, other, guest, grant = new_id(), new_id(), new_id(), new_id()
    day = timedelta(days=1)
    _tell(publish_event, url, samples.linked(owner), samples.linked(other))

    def news(person: str) -> list[str]:
        return [message["kind"] for message in ask(person, "messages")["messages"]]

    before = {person: len(news(person)) for person in (owner, other, guest)}

    def fresh() -> dict[str, list[str]]:
        """What each was told since the last time, newest first."""
        found = {}
        for person in before:
            kinds = news(person)
            found[person] = kinds[: len(kinds) - before[person]]
            before[person] = len(kinds)
        return found

    at = samples.AT
    _tell(publish_event, url, samples.granted(guest, owner, grant, at + day))
    assert fresh() == {owner: ["access_accepted"], other: ["account_linked_by_other"], guest: []}
    _tell(publish_event, url, samples.granted(guest, owner, grant, at + 2 * day, changed=True))
    assert fresh() == {owner: [], other: [], guest: []}
    _tell(publish_event, url, samples.bill())
    assert fresh() == {person: ["bill_issued"] for person in before}
    _tell(publish_event, url, samples.revoked(guest, owner, grant, at + 3 * day, "revoked"))
    assert fresh() == {owner: [], other: [], guest: ["access_ended"]}
    _tell(publish_event, url, samples.bill(period="2026-11"))
    assert fresh()[guest] == []
    second = new_id()
    _tell(
        publish_event,
        url,
        samples.granted(guest, owner, second, at + 4 * day),
        samples.revoked(guest, owner, second, at + 5 * day, "returned"),
    )
    assert fresh()[owner] == ["access_returned", "access_accepted"]


def test_id_8_members_are_not_told_account_by_account(
    service: Running, publish_event: Publish, url: str, ask: Callable[..., Any]
) -> None:
    owner, members, firm = new_id(), [new_id(), new_id()], new_id()
    _tell(publish_event, url, samples.linked(owner))
    for member in members:
        grant = new_id()
        _tell(
            publish_event,
            url,
            samples.granted(member, "", grant, organisation=firm),
            samples.revoked(member, "", grant, samples.AT + timedelta(days=1), "removed"),
        )
    assert [ask(member, "messages")["messages"] for member in members] == [[], []]
    kinds = [message["kind"] for message in ask(owner, "messages")["messages"]]
    assert kinds == ["account_linked_by_other"] * 2 + ["account_linked"]


def test_id_7_after_unlinking_the_account_s_news_do_not_come(
    service: Running, publish_event: Publish, url: str, ask: Callable[..., Any]
) -> None:
    ann, bob = new_id(), new_id()
    later = samples.AT + timedelta(days=1)
    _tell(publish_event, url, samples.linked(ann), samples.linked(bob), samples.unlinked(ann, later))
    _tell(publish_event, url, samples.bill())
    assert "bill_issued" not in [message["kind"] for message in ask(ann, "messages")["messages"]]
    assert "bill_issued" in [message["kind"] for message in ask(bob, "messages")["messages"]]
    database: Database = service.extension(DatabaseConnection).database
    with database.transaction() as tx:
        assert people_of(tx, samples.ACCOUNT) == [bob]


def test_a_new_address_warns_the_old_ones(
    service: Running, outside: Outside, publish_event: Publish, url: str
) -> None:
    ann, later = new_id(), samples.AT + timedelta(days=1)
    _tell(
        publish_event,
        url,
        samples.contact(ann, "phone", "+79001112233"),
        samples.contact(ann, "email", "ann@home.example"),
    )
    assert value(url, "select count(*) from message") == 0
    _tell(publish_event, url, samples.contact(ann, "phone", "+79004445566", at=later))
    (sms,) = eventually(outside.messages)
    (mail,) = eventually(outside.mails)
    assert sms["phone"] == "79001112233" and "номер телефона" in sms["text"]
    assert mail["to"] == ["ann@home.example"]
    # The same address again, or an older word that comes late, changes and says nothing.
    _tell(
        publish_event,
        url,
        samples.contact(ann, "phone", "+79004445566", at=later + timedelta(hours=1)),
        samples.contact(ann, "phone", "+79001112233"),
    )
    assert value(url, "select address from contact where channel = 'phone'") == "+79004445566"
    assert value(url, "select count(*) from message") == 1


# --- never twice, and tried again ---------------------------------------------------------------------------------


def test_nt_3_no_message_twice(
    service: Running, outside: Outside, publish_event: Publish, url: str, bus: Any
) -> None:
    ann = new_id()
    _tell(publish_event, url, samples.contact(ann, "email", "ann@home.example"), samples.linked(ann))
    bill = samples.bill()
    first = publish_event(bill)
    eventually(lambda: _handled(url, first))
    # Delivered again under its id, and announced again under another.
    publish_event(bill, **{"cloudEvents:id": first})
    again = publish_event(bill)
    eventually(lambda: _handled(url, again))
    eventually(lambda: bus.depth("notifications.billing.bill_issued") == 0)
    assert value(url, "select count(*) from message where kind = 'bill_issued'") == 1
    assert value(url, "select count(*) from dispatch where kind = 'bill_issued'") == 1
    eventually(lambda: len(outside.mails()) == 2)
    stays(lambda: len(outside.mails()) == 2, 1.2)


def test_nt_3_tried_again_until_the_server_is_back(
    short_pauses: None,
    service: Running,
    outside: Outside,
    publish_event: Publish,
    seal: Seal,
    dispatches: Dispatches,
) -> None:
    outside.fault("smsc.send", "down")
    outside.fault("smsc.send", "no_answer")
    outside.fault("smtp", "down")
    outside.fault("smtp", "error", code=451)
    publish_event(samples.code(seal.close({"code": "1", "address": "+79001234567"})))
    publish_event(
        samples.code(seal.close({"code": "2", "address": "later@home.example"}), "email", purpose="email")
    )
    eventually(lambda: {row[2] for row in dispatches()} == {"sent"} and len(dispatches()) == 2)
    assert sorted(row[3] for row in dispatches()) == [3, 4]
    assert len(outside.messages()) == 1 and len(outside.mails()) == 1


def test_nt_3_a_lost_answer_brings_no_second_sms(
    short_pauses: None,
    service: Running,
    outside: Outside,
    publish_event: Publish,
    seal: Seal,
    dispatches: Dispatches,
) -> None:
    outside.fault("smsc.send", "no_answer", times=2)
    publish_event(samples.code(seal.close({"code": "1", "address": "+79001234567"})))
    eventually(lambda: dispatches() == [("code", "sms", "sent", 3, "")])
    assert len(outside.messages()) == 1


def test_nt_3_tries_end(
    short_pauses: None,
    service: Running,
    outside: Outside,
    publish_event: Publish,
    seal: Seal,
    url: str,
    dispatches: Dispatches,
) -> None:
    outside.fault("smsc.send", "down", times=10)
    publish_event(samples.code(seal.close({"code": "1", "address": "+79001234567"})))
    eventually(lambda: dispatches() == [("code", "sms", "failed", 4, "sms_http_503")])
    assert value(url, "select sealed from dispatch") is None


def test_nt_3_a_hard_bounce_stops(
    service: Running, outside: Outside, publish_event: Publish, url: str, dispatches: Dispatches
) -> None:
    ann = new_id()
    _tell(publish_event, url, samples.contact(ann, "email", "bounce@home.example"), samples.linked(ann))
    eventually(lambda: dispatches() == [("account_linked", "email", "bounced", 1, "smtp_550")])
    _tell(publish_event, url, samples.bill())
    assert len(dispatches()) == 1
    # A new address counts again.
    later = samples.AT + timedelta(days=1)
    _tell(publish_event, url, samples.contact(ann, "email", "ann@home.example", at=later), samples.bill())
    eventually(lambda: ("bill_issued", "email", "sent", 1, "") in dispatches())
    assert all(mail["to"] == ["ann@home.example"] for mail in outside.mails())


def test_nt_3_a_phone_that_takes_no_sms_bounces(
    service: Running, outside: Outside, publish_event: Publish, seal: Seal, dispatches: Dispatches
) -> None:
    outside.fault("smsc.send", "error", code=7)
    publish_event(samples.code(seal.close({"code": "1", "address": "+79001234567"})))
    eventually(lambda: dispatches() == [("code", "sms", "bounced", 1, "sms_7")])


def test_a_mail_server_that_hangs_holds_up_no_code(
    service: Running,
    outside: Outside,
    publish_event: Publish,
    seal: Seal,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann = new_id()
    monkeypatch.setattr(mail_adapter, "TIMEOUT", 10 * PATIENCE)
    outside.fault("smtp", "slow", times=20, seconds=10 * PATIENCE)
    _tell(publish_event, url, samples.contact(ann, "email", "ann@home.example"), samples.linked(ann))
    _tell(publish_event, url, *(samples.bill() for _ in range(10)))
    publish_event(samples.code(seal.close({"code": "1", "address": "+79001234567"})))
    eventually(outside.messages)
    assert outside.mails() == []
    service.kill()  # it would wait for the mails


def test_nt_3_two_replicas_send_once(
    run_service: Callable[..., Running], outside: Outside, publish_event: Publish, url: str
) -> None:
    for _ in range(2):
        run_service(NotificationsService, environment=outside.variables)
    ann = new_id()
    _tell(publish_event, url, samples.contact(ann, "email", "ann@home.example"), samples.linked(ann))
    events = [publish_event(samples.bill()) for _ in range(30)]
    eventually(lambda: _handled(url, *events))
    eventually(lambda: len(outside.mails()) >= 31)
    assert value(url, "select count(*) from dispatch where state = 'sent' and attempts = 1") == 31
    assert len({mail["message_id"] for mail in outside.mails()}) == len(outside.mails()) == 31


# --- choices ------------------------------------------------------------------------------------------------------


def test_nt_2_choices(
    service: Running, outside: Outside, publish_event: Publish, url: str, ask: Callable[..., Any]
) -> None:
    ann = new_id()
    _tell(publish_event, url, samples.contact(ann, "email", "ann@home.example"), samples.linked(ann))
    found = {(c["kind"], c["channel"]): c for c in ask(ann, "choices")["choices"]}
    assert found[("bill_issued", "email")]["enabled"] and not found[("bill_issued", "email")]["locked"]
    assert found[("code", "sms")]["locked"]
    off = {"kind": "bill_issued", "channel": "email", "enabled": False}
    assert ask(ann, "choose", **off) == off
    assert off | {"locked": False} in ask(ann, "choices")["choices"]
    _tell(publish_event, url, samples.bill(), samples.posted())
    kinds = value(url, "select array_agg(kind order by id) from dispatch")
    assert kinds == ["account_linked", "payment_posted"]
    assert ask(ann, "messages")["messages"][1]["kind"] == "bill_issued"


@pytest.mark.parametrize(
    ("kind", "channel", "code"),
    [
        ("code", "sms", "choice_locked"),
        ("account_linked_by_other", "email", "choice_locked"),
        ("bill_issued", "sms", "choice_locked"),
        ("odd", "email", "validation_failed"),
        ("bill_issued", "pigeon", "validation_failed"),
    ],
)
def test_nt_2_what_cannot_be_chosen(
    service: Running, ask: Callable[..., Any], kind: str, channel: str, code: str
) -> None:
    with pytest.raises(CabinetError, match=code):
        ask(new_id(), "choose", kind=kind, channel=channel, enabled=False)


def test_mt_13_an_alert_is_told_once_by_the_channels_that_the_person_chose(
    service: Running,
    outside: Outside,
    publish_event: Publish,
    url: str,
    ask: Callable[..., Any],
    dispatches: Callable[[], Any],
) -> None:
    ann = new_id()
    _tell(
        publish_event,
        url,
        samples.registered(ann, "en"),
        samples.contact(ann, "email", "ann@home.example", "en"),
        samples.contact(ann, "phone", "+79990001122", "en"),
        samples.linked(ann),
    )
    ask(ann, "choose", kind="alert_leak", channel="email", enabled=False)
    leak = new_id()
    _tell(publish_event, url, samples.alert(name=leak))
    _tell(publish_event, url, samples.alert(name=leak))
    _tell(publish_event, url, samples.alert("unheard_of"))
    _tell(publish_event, url, samples.alert(name=leak, cleared=True))
    titles = [message["title"] for message in ask(ann, "messages")["messages"]]
    assert titles[:2] == [
        "As usual again: meter No. 20417733",
        "Water does not stop running: meter No. 20417733",
    ]
    assert len([title for title in titles if "20417733" in title]) == 2
    sent = {(kind, channel) for kind, channel, *_ in dispatches() if kind.startswith("alert")}
    assert sent == {("alert_leak", "sms"), ("alert_cleared", "email")}
