"""What dies is started again, with growing pauses."""

from __future__ import annotations

from deploy.local.watch import Watcher


class Mortal:
    """Dies when told."""

    def __init__(self) -> None:
        self.alive = True
        self.starts = 0

    def start(self) -> None:
        self.alive = True
        self.starts += 1


class Scene:
    """A watcher with one process and a clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.process = Mortal()
        self.said: list[str] = []
        self.watcher = Watcher({"billing": self.process}, self.said.append, clock=lambda: self.now)

    def seconds_until_restart(self) -> float:
        self.process.alive = False
        died_at = self.now
        self.now += self.watcher.look()
        self.watcher.look()
        assert self.process.alive
        return self.now - died_at


def test_it_need_not_look_while_nobody_dies() -> None:
    assert Scene().watcher.look() == 5


def test_it_is_started_again_and_said() -> None:
    scene = Scene()
    scene.watcher.look()
    assert scene.said == []
    assert scene.seconds_until_restart() == 1
    assert scene.process.starts == 1
    assert scene.said == ["billing has died; starting it again in 1 s", "billing was started again"]


def test_the_pause_grows_up_to_a_limit() -> None:
    scene = Scene()
    assert [scene.seconds_until_restart() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_death_long_after_the_last_is_a_first_one() -> None:
    scene = Scene()
    scene.seconds_until_restart()
    scene.seconds_until_restart()
    scene.now += 100
    assert scene.seconds_until_restart() == 1
