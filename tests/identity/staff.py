"""Members of staff with an authenticator app, whose clock the test holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp

from chassis.clock import FixedClock
from tests.identity.world import PASSWORD, World

STEP = 30


class App:
    """An authenticator app with one secret, on a phone whose clock may be off."""

    def __init__(self, real: FixedClock, secret: str) -> None:
        self.real = real
        self.secret = secret
        self.wrong_by = 0.0

    def code(self, steps: int = 0) -> str:
        """What it shows, or showed some steps ago."""
        moment = self.real.moment.timestamp() + self.wrong_by + steps * STEP
        return str(pyotp.TOTP(self.secret).at(int(moment)))

    def wrong_code(self) -> str:
        """None that it shows about now."""
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)

    def wait(self, steps: int = 1) -> None:
        """Until the code after the next."""
        self.real.moment += timedelta(seconds=STEP * steps)


def hold_real_time(world: World) -> FixedClock:
    """The machine's time, as far as codes and challenges go; it stands still in the middle of a step."""
    if not isinstance(world.tools.real, FixedClock):
        begun = int(datetime.now(UTC).timestamp()) // STEP * STEP
        world.tools = replace(world.tools, real=FixedClock(datetime.fromtimestamp(begun + 15, UTC)))
        world.service.tools = world.tools
    found = world.tools.real
    assert isinstance(found, FixedClock)
    return found


def enrol(world: World, tokens: dict[str, Any]) -> tuple[App, list[str]]:
    """The person's app and recovery codes, confirmed in the session of the tokens."""
    real = hold_real_time(world)
    offered = world.ask("enrol_second_factor", tokens["access_token"], password=PASSWORD)
    app = App(real, offered["secret"])
    answer = world.ask("confirm_second_factor", tokens["access_token"], code=app.code())
    return app, answer["recovery_codes"]


def member(world: World, *roles: str, email: str | None = None) -> dict[str, Any]:
    """Somebody of staff who is signed in with a second factor: the tokens, with the ``app``."""
    tokens = world.person(email=email, roles=list(roles))
    app, codes = enrol(world, tokens)
    following = world.ask("refresh", refresh_token=tokens["refresh_token"])
    assert following["roles"] == list(roles)
    return {**following, "app": app, "recovery_codes": codes}
