"""Whose an idempotency key is, and commands that keep one only if the call has it (GW-1)."""

from __future__ import annotations

from authorisation.operations import _owner_of_key
from authorisation.subject import NOBODY, Subject
from chassis.context import CallContext


def test_keys_of_two_guests_never_meet() -> None:
    here, there = CallContext(client="198.51.100.6"), CallContext(client="198.51.100.7")
    assert _owner_of_key(NOBODY, here) != _owner_of_key(NOBODY, there)
    assert _owner_of_key(NOBODY, here) == _owner_of_key(NOBODY, CallContext(client="198.51.100.6"))


def test_a_persons_key_is_theirs_wherever_they_are() -> None:
    ann = Subject("person", "ann")
    assert _owner_of_key(ann, CallContext(client="198.51.100.6")) == _owner_of_key(ann, CallContext())
    assert _owner_of_key(ann, CallContext()) != _owner_of_key(Subject("service", "ann"), CallContext())
