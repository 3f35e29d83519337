"""Password rules (ID-2), phones (ID-1), states: no database."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import CabinetError
from contracts.transitions import NEW, ForbiddenTransitionError, Transitions
from services.identity.adapters.phones import normalise
from services.identity.adapters.secrets import digest, new_code, new_secret
from services.identity.domain.passwords import RULES, failed_rules
from services.identity.domain.states import (
    CODE,
    CONSENT,
    CONTACT_CHANGE,
    GRANT,
    LINK,
    MEMBERSHIP,
    PERSON,
    RECOVERY,
    REGISTRATION,
    SESSION,
)


@pytest.mark.parametrize(
    ("password", "broken"),
    [
        ("Пароль-Good-7", ["latin_only"]),
        ("Ünusual-Good-7", ["latin_only"]),
        ("Good-77", ["length"]),
        ("good-weather-7", ["upper"]),
        ("GOOD-WEATHER-7", ["lower"]),
        ("Good-Weather", ["digit"]),
        ("Good Weather 7", ["no_spaces"]),
        ("Good\tWeather7", ["no_spaces"]),
        ("Good\u00a0Weather7", ["no_spaces"]),
        ("Password123", ["not_common"]),
        ("pAssWord123", ["not_common"]),
    ],
)
def test_id2_each_rule_is_reported_alone(password: str, broken: list[str]) -> None:
    assert failed_rules(password) == broken


def test_id2_all_broken_rules_are_reported_in_order() -> None:
    assert failed_rules("") == ["length", "upper", "lower", "digit"]
    assert failed_rules(" ж ") == ["latin_only", "length", "upper", "lower", "digit", "no_spaces"]


@pytest.mark.parametrize("password", ["Good-Weather-7", "aB3!@#$%", "aB3" + "x" * 253, "Aa1;'\"<>\\{}"])
def test_id2_any_other_characters_and_long_ones_are_good(password: str) -> None:
    assert failed_rules(password) == []


@given(st.text(max_size=40))
def test_id2_a_digit_or_letter_of_another_script_counts_for_no_rule(text: str) -> None:
    found = failed_rules(text)
    assert found == [rule for rule in RULES if rule in found]
    assert ("digit" in found) == (not set(text) & set("0123456789"))
    assert ("upper" in found) == (not any("A" <= c <= "Z" for c in text))


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+7 (999) 123-45-67", "+79991234567"),
        ("8 999 123 45 67", "+79991234567"),
        ("9991234567", "+79991234567"),
        ("+380 67 123 45 67", "+380671234567"),
        ("067 123 45 67", "+380671234567"),
        ("(067) 123-45-67", "+380671234567"),
        ("+7 701 123 45 67", "+77011234567"),
        ("\u202a+7 999 123 45 67\u202c", "+79991234567"),
    ],
)
def test_id1_a_phone_is_kept_as_e164(text: str, phone: str) -> None:
    assert normalise(text) == phone


@pytest.mark.parametrize(
    "text", ["", "phone", "+7 999 123 45", "+7 495 123 45 67", "8 800 555 35 35", "112", "+999 1234567", "\0"]
)
def test_id1_what_is_no_mobile_phone_is_refused(text: str) -> None:
    with pytest.raises(CabinetError, match="invalid_phone"):
        normalise(text)


def test_id4_codes_have_six_digits_and_digests_do_not_repeat() -> None:
    codes = {new_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isascii() and code.isdigit() for code in codes) and len(codes) > 190
    assert len({new_secret() for _ in range(50)}) == 50
    assert digest("123456", "a") != digest("123456", "b") and "123456" not in digest("123456", "a")


REVOKING = ("password_changed", "recovered", "erased", "contact_kept", "staff_changed")
TABLES: dict[str, tuple[Transitions, dict[tuple[str, str], str], set[str], set[str]]] = {
    "registration": (
        REGISTRATION,
        {("waiting", "confirmed"): "done", ("waiting", "expired"): "expired"},
        {"waiting", "done", "expired"},
        {"confirmed", "expired"},
    ),
    "recovery": (
        RECOVERY,
        {
            ("waiting", event): state
            for event, state in (("confirmed", "done"), ("replaced", "replaced"), ("expired", "expired"))
        },
        {"waiting", "done", "replaced", "expired"},
        {"confirmed", "replaced", "expired"},
    ),
    "contact_change": (
        CONTACT_CHANGE,
        {
            ("waiting", "due"): "done",
            ("waiting", "taken"): "refused",
            ("waiting", "cancelled"): "cancelled",
            ("waiting", "replaced"): "replaced",
        },
        {"waiting", "done", "refused", "cancelled", "replaced"},
        {"due", "taken", "cancelled", "replaced"},
    ),
    "consent": (
        CONSENT,
        {("given", "replaced"): "replaced", ("given", "revoked"): "revoked"},
        {"given", "replaced", "revoked"},
        {"replaced", "revoked"},
    ),
    "person": (PERSON, {("active", "erased"): "erased"}, {"active", "erased"}, {"erased"}),
    "code": (
        CODE,
        {("issued", event): event for event in ("used", "replaced", "exhausted", "expired")},
        {"issued", "used", "replaced", "exhausted", "expired"},
        {"used", "replaced", "exhausted", "expired"},
    ),
    "session": (
        SESSION,
        {
            ("open", "signed_out"): "signed_out",
            ("open", "reused"): "reused",
            ("open", "expired"): "expired",
            ("open", "password_changed"): "revoked",
            ("open", "recovered"): "revoked",
            ("open", "erased"): "revoked",
            ("open", "contact_kept"): "revoked",
            ("open", "staff_changed"): "revoked",
        },
        {"open", "signed_out", "reused", "expired", "revoked"},
        {
            "signed_out",
            "reused",
            "expired",
            "password_changed",
            "recovered",
            "erased",
            "contact_kept",
            "staff_changed",
        },
    ),
    "link": (
        LINK,
        {(NEW, "proven"): "linked", (NEW, "proven_weakly"): "limited"}
        | {("limited", "confirmed"): "linked", ("limited", "unlinked"): "unlinked"}
        | {("linked", "unlinked"): "unlinked"}
        | {("unlinked", "proven"): "linked", ("unlinked", "proven_weakly"): "limited"},
        {"limited", "linked", "unlinked"},
        {"proven", "proven_weakly", "confirmed", "unlinked"},
    ),
    "grant": (
        GRANT,
        {("invited", "accepted"): "active", ("invited", "declined"): "declined"}
        | {("invited", "expired"): "expired", ("invited", "revoked"): "revoked"}
        | {("invited", "owner_left"): "revoked"}
        | {("active", "revoked"): "revoked", ("active", "owner_left"): "revoked"}
        | {("active", "returned"): "returned", ("active", "over"): "over"},
        {"invited", "active", "declined", "expired", "revoked", "returned", "over"},
        {"accepted", "declined", "expired", "revoked", "owner_left", "returned", "over"},
    ),
    "membership": (
        MEMBERSHIP,
        {("invited", "accepted"): "active", ("invited", "declined"): "declined"}
        | {("invited", "expired"): "expired", ("invited", "removed"): "removed"}
        | {("invited", "dissolved"): "removed", ("active", "dissolved"): "removed"}
        | {("active", "removed"): "removed", ("active", "left"): "left"},
        {"invited", "active", "declined", "expired", "removed", "left"},
        {"accepted", "declined", "expired", "removed", "left", "dissolved"},
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_drill10_every_state_takes_exactly_the_events_it_may(name: str) -> None:
    machine, allowed, states, events = TABLES[name]
    begins = {(edge.source, edge.trigger): edge.state for edge in machine if edge.source == NEW}
    assert begins and set(begins.values()) <= states
    allowed = begins | allowed
    assert machine.states == states
    assert machine.triggers == events | {trigger for _, trigger in begins}
    for state, event in itertools.product({NEW, *states}, machine.triggers):
        if (state, event) in allowed:
            assert machine.move(state, event) == allowed[(state, event)]
        else:
            with pytest.raises(ForbiddenTransitionError):
                machine.move(state, event)
