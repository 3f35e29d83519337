"""No test of the chassis may hang."""

from __future__ import annotations

from collections.abc import Iterator

import eventlet
import pytest


class HangsError(Exception):
    """Not a bare Timeout, which pytest would take for an order to quit."""


@pytest.fixture(autouse=True)
def _no_hanging() -> Iterator[None]:
    with eventlet.Timeout(60, HangsError("the test hangs")):
        yield
