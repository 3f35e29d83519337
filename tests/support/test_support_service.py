"""Support as a running service: real broker and database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import CabinetError
from contracts.events.identity import AccountLinked, AccountUnlinked
from contracts.events.loyalty import LevelChanged
from contracts.identifiers import account_id, new_id
from services.support.service import SupportService
from tests.support_code.bus import Bus, calling
from tests.support_code.databases import value
from tests.support_code.services import Running
from tests.support_code.tokens import Tokens
from tests.support_code.waiting import eventually

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
PROVIDER = "uralenergosbyt"
APPEAL = {"kind": "complaint", "subject": "Light", "text": "It flickers."}
Ask = Callable[..., Any]


@pytest.fixture
def url(service_database: Callable[[str], str]) -> str:
    return service_database("support")


@pytest.fixture
def service(run_service: Callable[..., Running], url: str) -> Running:
    return run_service(SupportService)


@pytest.fixture
def ask(service: Running, rpc: Callable[..., Any], tokens: Tokens) -> Ask:
    """``ask(person, "open_appeal", **request)``; with ``roles`` as staff; every call has a key of its own."""

    def call(person: str, method: str, roles: tuple[str, ...] = (), key: str = "", **request: Any) -> Any:
        with calling(tokens.person(person, *roles), key=key or new_id()):
            return getattr(rpc("support"), method)(**request)

    return call


@pytest.fixture
def tell(bus: Bus, url: str) -> Callable[..., None]:
    """Publish events, each once the one before was handled."""

    def publish(*events: Any) -> None:
        for event in events:
            sent = bus.publish_event(event)
            eventually(
                lambda sent=sent: value(url, "select count(*) from inbox where event_id = %s", sent) == 1
            )

    return publish


def _account(number: str) -> str:
    return account_id(PROVIDER, number)


def _linked(person: str, number: str) -> AccountLinked:
    return AccountLinked(
        person=person, at=AT, account=_account(number), provider=PROVIDER, number=number, scopes=["see"]
    )


def _level(number: str, level: str, at: datetime = AT) -> LevelChanged:
    return LevelChanged(
        account=_account(number), provider=PROVIDER, at=at, points=1, level=level, previous="beginner"
    )


OPERATOR = ("operator",)


def test_sp_1_from_opening_to_closing(ask: Ask, bus: Bus) -> None:
    heard = bus.listen("support.events")
    ann, staff = new_id(), new_id()
    opened = ask(ann, "open_appeal", **APPEAL)
    assert opened["state"] == "waiting"
    appeal = opened["appeal"]
    (listed,) = ask(ann, "appeals")["appeals"]
    assert (listed["appeal"], listed["kind"], listed["subject"]) == (appeal, "complaint", "Light")
    assert ask(staff, "answer", OPERATOR, appeal=appeal, text="We look.")["state"] == "answered"
    assert ask(ann, "add_message", appeal=appeal, text="  Thanks, when? ")["state"] == "waiting"
    seen = ask(ann, "appeal", appeal=appeal)
    assert [(m["side"], m["text"]) for m in seen["messages"]] == [
        ("person", "It flickers."),
        ("staff", "We look."),
        ("person", "Thanks, when?"),
    ]
    assert staff not in json.dumps(seen) and "priority" not in seen
    by_staff = ask(staff, "appeal", OPERATOR, appeal=appeal)
    assert by_staff["messages"][1]["author"] == staff and by_staff["person"] == ann
    assert ask(ann, "close_appeal", appeal=appeal) == {"appeal": appeal, "state": "closed"}
    for person, method, roles in ((ann, "add_message", ()), (staff, "answer", OPERATOR)):
        with pytest.raises(CabinetError, match="appeal_closed"):
            ask(person, method, roles, appeal=appeal, text="more")
    # Two of the appeal, three of what staff did with it.
    found = eventually(lambda: bus.depth(heard) == 5 and bus.take(heard))
    events = {message.delivery_info["routing_key"]: json.loads(message.body) for message in found}
    assert events["appeal_opened"]["priority"] == 0 and events["appeal_opened"]["kind"] == "complaint"
    assert events["appeal_answered"]["person"] == ann
    assert "flickers" not in json.dumps(events)


def test_sp_1_the_same_key_opens_one_appeal(ask: Ask, url: str) -> None:
    ann, key = new_id(), new_id()
    assert ask(ann, "open_appeal", key=key, **APPEAL) == ask(ann, "open_appeal", key=key, **APPEAL)
    assert value(url, "select count(*) from appeal") == 1
    with pytest.raises(CabinetError, match="idempotency_key_reused"):
        ask(ann, "open_appeal", key=key, **{**APPEAL, "text": "other"})


def test_sp_1_pages(ask: Ask) -> None:
    ann = new_id()
    opened = [ask(ann, "open_appeal", **APPEAL)["appeal"] for _ in range(3)]
    page = ask(ann, "appeals", limit=2)
    assert [appeal["appeal"] for appeal in page["appeals"]] == [opened[2], opened[1]]
    rest = ask(ann, "appeals", limit=2, cursor=page["next"])
    assert [appeal["appeal"] for appeal in rest["appeals"]] == [opened[0]] and rest["next"] is None


def test_another_s_appeal_does_not_exist(ask: Ask, rpc: Callable[..., Any]) -> None:
    ann, bob = new_id(), new_id()
    appeal = ask(ann, "open_appeal", **APPEAL)["appeal"]
    for one in (appeal, new_id()):
        for method, more in (("appeal", {}), ("close_appeal", {}), ("add_message", {"text": "x"})):
            with pytest.raises(CabinetError, match="appeal_not_found"):
                ask(bob, method, appeal=one, **more)
            with pytest.raises(CabinetError, match="unauthenticated"):
                with calling(key=new_id()):
                    getattr(rpc("support"), method)(appeal=one, **more)
    assert ask(bob, "appeals") == {"appeals": [], "next": None}


@pytest.mark.parametrize("roles", [(), ("accountant",)])
def test_id_10_only_operators_answer(ask: Ask, roles: tuple[str, ...]) -> None:
    appeal = ask(new_id(), "open_appeal", **APPEAL)["appeal"]
    with pytest.raises(CabinetError, match="forbidden"):
        ask(new_id(), "queue", roles)
    with pytest.raises(CabinetError, match="forbidden"):
        ask(new_id(), "answer", roles, appeal=appeal, text="x")
    with pytest.raises(CabinetError, match="appeal_not_found"):
        ask(new_id(), "appeal", roles, appeal=appeal)


def test_ly_7_high_levels_come_first(ask: Ask, tell: Callable[..., None]) -> None:
    people = {level: new_id() for level in ("beginner", "responsible", "ideal")}
    for number, (level, person) in enumerate(people.items()):
        tell(_linked(person, f"100000000{number}"), _level(f"100000000{number}", level))
    # An older word on the level, that comes late, changes nothing.
    tell(_level("1000000002", "beginner", AT - timedelta(days=1)))
    opened = {
        "beginner": ask(people["beginner"], "open_appeal", **APPEAL)["appeal"],
        "unlinked": ask(new_id(), "open_appeal", **APPEAL)["appeal"],
        "responsible": ask(people["responsible"], "open_appeal", **APPEAL)["appeal"],
        "ideal": ask(people["ideal"], "open_appeal", account=_account("1000000002"), **APPEAL)["appeal"],
    }
    queue = ask(new_id(), "queue", OPERATOR)
    assert queue["waiting"] == 4 and [appeal["appeal"] for appeal in queue["appeals"]] == [
        opened[who] for who in ("ideal", "responsible", "beginner", "unlinked")
    ]
    assert [appeal["priority"] for appeal in queue["appeals"]] == [2, 1, 0, 0]
    assert ask(new_id(), "queue", ("administrator",), limit=1)["waiting"] == 4
    # What is answered leaves the queue; who writes while waiting keeps the place, who writes later goes behind.
    ask(new_id(), "answer", OPERATOR, appeal=opened["beginner"], text="x")
    ask(people["beginner"], "add_message", appeal=opened["beginner"], text="x")
    queue = ask(new_id(), "queue", OPERATOR)
    assert [appeal["appeal"] for appeal in queue["appeals"]][2:] == [opened["unlinked"], opened["beginner"]]


def test_sp_1_only_for_an_account_of_one_s_own(ask: Ask, tell: Callable[..., None]) -> None:
    ann = new_id()
    with pytest.raises(CabinetError, match=r"not_found|service_unavailable"):
        ask(ann, "open_appeal", account=_account("1000000009"), **APPEAL)
    tell(_linked(ann, "1000000009"))
    assert ask(ann, "open_appeal", account=_account("1000000009"), **APPEAL)["state"] == "waiting"
    tell(AccountUnlinked(person=ann, at=AT + timedelta(days=1), account=_account("1000000009")))
    with pytest.raises(CabinetError, match=r"not_found|service_unavailable"):
        ask(ann, "open_appeal", account=_account("1000000009"), **APPEAL)
    assert len(ask(ann, "appeals")["appeals"]) == 1


@pytest.mark.parametrize(
    "wrong", [{"kind": "praise"}, {"subject": " "}, {"text": "\n"}, {"text": "x" * 10_001}, {"account": "1"}]
)
def test_sp_1_what_cannot_be_opened(ask: Ask, wrong: dict[str, Any]) -> None:
    with pytest.raises(CabinetError, match="validation_failed"):
        ask(new_id(), "open_appeal", **{**APPEAL, **wrong})


def test_sp_5_questions_for_anyone(service: Running, rpc: Callable[..., Any]) -> None:
    answers = {language: rpc("support").questions(language=language) for language in ("ru", "uk", "en")}
    ids = {language: [entry["id"] for entry in found["questions"]] for language, found in answers.items()}
    assert ids["ru"] == ids["uk"] == ids["en"] != []
    assert rpc("support").questions() == answers["ru"] != answers["uk"]
