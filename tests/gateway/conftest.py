"""The gateway's application over made-up services."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chassis import answers, context
from tests.gateway.world import World
from tests.support_code.tokens import Tokens


@pytest.fixture(autouse=True)
def _own_context() -> Iterator[None]:
    """The application enters each request's context, here in the test's own greenlet."""
    before = context.current()
    yield
    context.enter(before)


@pytest.fixture(autouse=True)
def _made_up_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test makes up for a service need not be whole. Real answers are held against their types end to end."""
    monkeypatch.setattr(answers, "watchers", [])


@pytest.fixture
def world(tokens: Tokens) -> World:
    """No service answers until the test says so."""
    return World(tokens)
