"""States, channels, pauses and plural forms of notifications."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from contracts.transitions import ForbiddenTransitionError
from services.notifications.domain import attempts, kinds, states
from services.notifications.domain.plurals import plural

POINTS = {"ru": ["балл", "балла", "баллов"], "uk": ["бал", "бали", "балів"], "en": ["point", "points"]}
ALL_STATES = states.DISPATCH.states
ALL_EVENTS = states.DISPATCH.triggers - {states.ASKED}


@pytest.mark.parametrize(("state", "event"), itertools.product(sorted(ALL_STATES), sorted(ALL_EVENTS)))
def test_nt_3_every_state_and_event(state: str, event: str) -> None:
    if state in states.DISPATCH.final:
        with pytest.raises(ForbiddenTransitionError):
            states.DISPATCH.move(state, event)
    else:
        assert states.DISPATCH.move(state, event) in ALL_STATES - {"waiting"}


@pytest.mark.parametrize(
    ("number", "ru", "uk", "en"),
    [
        (0, "баллов", "балів", "points"),
        (1, "балл", "бал", "point"),
        (2, "балла", "бали", "points"),
        (4, "балла", "бали", "points"),
        (5, "баллов", "балів", "points"),
        (11, "баллов", "балів", "points"),
        (12, "баллов", "балів", "points"),
        (14, "баллов", "балів", "points"),
        (21, "балл", "бал", "points"),
        (22, "балла", "бали", "points"),
        (25, "баллов", "балів", "points"),
        (101, "балл", "бал", "points"),
        (111, "баллов", "балів", "points"),
        (112, "баллов", "балів", "points"),
        (-1, "балл", "бал", "point"),
    ],
)
def test_nt_3_plural_forms(number: int, ru: str, uk: str, en: str) -> None:
    assert [plural(language, number, POINTS[language]) for language in POINTS] == [ru, uk, en]


def test_nt_2_channels_follow_contacts_and_choices() -> None:
    both = frozenset(kinds.CHANNELS)
    assert kinds.channels_for("bill_issued", both, frozenset()) == ["email"]
    assert kinds.channels_for("bill_issued", frozenset({"sms"}), frozenset()) == []
    assert kinds.channels_for("bill_issued", both, frozenset({"email"})) == []
    assert kinds.channels_for("payment_canceled", both, frozenset()) == []


def test_nt_2_security_messages_cannot_be_switched_off() -> None:
    everything = frozenset(kinds.CHANNELS)
    for name, kind in kinds.KINDS.items():
        if kind.security:
            assert kinds.channels_for(name, everything, everything) == list(kind.channels)
            assert not any(kinds.can_choose(name, channel) for channel in kinds.CHANNELS)
    assert kinds.KINDS["code"].security and kinds.KINDS["account_linked_by_other"].security


def test_nt_3_pauses_grow_and_end() -> None:
    for urgent in (True, False):
        pauses = list(itertools.takewhile(bool, (attempts.pause_after(n, urgent) for n in range(1, 50))))
        assert pauses == sorted(pauses, key=lambda pause: pause or timedelta(0))
        assert attempts.pause_after(len(pauses) + 1, urgent) is None
    urgent_total = sum(attempts.URGENT, timedelta(0))
    assert timedelta(minutes=5) < urgent_total < timedelta(minutes=10)


def test_codes_have_lanes_of_their_own() -> None:
    lanes = {attempts.lane_of("sms", True), attempts.lane_of("email", True), attempts.lane_of("email", False)}
    assert len(lanes) == 3 and lanes == set(attempts.LANES)
