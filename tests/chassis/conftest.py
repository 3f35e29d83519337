"""No test of the chassis may hang."""

from __future__ import annotations

from collections.abc import Iterator

import eventlet
import pytest

from tests.support_code.waiting import PATIENCE


class HangsError(Exception):
    """Not a bare Timeout, which pytest would take for an order to quit."""


@pytest.fixture(autouse=True)
def _no_hanging() -> Iterator[None]:
    with eventlet.Timeout(5 * PATIENCE, HangsError("the test hangs")):
        yield
