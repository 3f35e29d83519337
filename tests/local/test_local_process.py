"""A child process is started, watched and ended, also when its supervisor is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import child, clean, leftovers, ports
from deploy.local.names import ROOT
from deploy.local.pid_file import look_up
from deploy.local.polling import poll
from deploy.local.process import ManagedProcess, ProcessFailed

Make = Callable[..., ManagedProcess]

TINY_SERVER = Path(__file__).with_name("tiny_server.py")
POLITE = "import time; print('it is up', flush=True); time.sleep(600)"
#: Seconds for what takes a moment; more than a busy machine needs.
WAIT = 60
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + POLITE


def _up(process: ManagedProcess) -> ManagedProcess:
    process.start()
    process.wait_for(lambda: "it is up" in process.tail(), WAIT)
    return process


def test_ready_when_the_health_address_answers(tmp_path: Path, process: Make) -> None:
    port = ports.allocate(tmp_path, ["it"])["it"]
    server = process(TINY_SERVER, str(port), health_url=f"http://127.0.0.1:{port}/health/ready")
    server.start()
    server.wait_ready(WAIT)
    assert server.alive
    server.stop()
    assert not server.alive
    assert server.returncode == 0


def test_an_early_end_is_told_with_the_end_of_the_log(process: Make) -> None:
    failing = process("import sys; print('no such database'); sys.exit(3)", health_url="http://127.0.0.1:1/")
    failing.start()
    with pytest.raises(ProcessFailed, match=r"(?s)ended with 3 .*no such database"):
        failing.wait_ready(WAIT)


def test_not_ready_in_time(process: Make) -> None:
    slow = process(POLITE, health_url="http://127.0.0.1:1/")
    slow.start()
    with pytest.raises(ProcessFailed, match="not ready after 0 s"):
        slow.wait_ready(0.1)


def test_who_ignores_the_polite_signal_is_killed_after_the_grace(process: Make) -> None:
    stubborn = _up(process(STUBBORN))
    stubborn.stop(grace=0.2)
    assert stubborn.returncode == -signal.SIGKILL


def test_a_paused_process_can_be_stopped(process: Make) -> None:
    paused = _up(process(POLITE))
    paused.pause()
    assert poll(lambda: _state(paused.pid) == "T", WAIT)
    assert paused.alive
    paused.stop(grace=WAIT)
    assert paused.returncode == -signal.SIGTERM


def test_a_paused_process_goes_on(process: Make) -> None:
    paused = _up(process(POLITE))
    paused.pause()
    assert poll(lambda: _state(paused.pid) == "T", WAIT)
    paused.resume()
    assert poll(lambda: _state(paused.pid) == "S", WAIT)


def test_a_killed_process_starts_again(process: Make) -> None:
    one = _up(process(POLITE))
    first = one.pid
    one.kill()
    assert one.returncode == -signal.SIGKILL
    one.start()
    assert one.alive
    assert one.pid != first


def test_helpers_of_a_process_go_with_it(process: Make) -> None:
    parent = process("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)")
    parent.start()
    assert poll(lambda: not parent.alive, WAIT)
    helper = int(parent.tail().split()[-1])
    assert look_up(helper)
    parent.kill()
    assert poll(lambda: look_up(helper) is None, WAIT)


def test_the_number_of_one_that_has_ended_stays_taken_until_it_is_killed(process: Make) -> None:
    ended = process("")
    ended.start()
    assert ended.wait(WAIT) == 0
    ended.pause()  # each of these looks at the process; none may give its number away
    ended.resume()
    assert ended.returncode == 0
    assert not ended.alive
    assert _holds_its_number(ended.pid)
    ended.stop()
    assert not _holds_its_number(ended.pid)
    assert ended.returncode == 0


def test_signals_are_never_sent_to_a_number_that_was_given_back(
    process: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = process(POLITE)
    gone.start()
    gone.kill()
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(pid))
    monkeypatch.setattr(os, "killpg", lambda pid, number: sent.append(pid))
    gone.pause()
    gone.resume()
    gone.stop()
    gone.kill()
    assert sent == []
    assert gone.returncode == -signal.SIGKILL


def test_who_is_killed_for_want_of_memory_says_so(process: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = iter([3, 4])
    monkeypatch.setattr(child, "ended_for_memory", lambda: next(counts))
    victim = process("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    victim.start()
    with pytest.raises(ProcessFailed, match=r"ended with -9 \(since its start .* 1 processes for want of"):
        victim.wait_for(lambda: False, WAIT)


def test_one_that_was_never_started_is_not_ready(process: Make) -> None:
    with pytest.raises(ProcessFailed, match="not started"):
        process(POLITE).wait_ready(1)


def test_a_process_started_by_a_thread_outlives_the_thread(process: Make) -> None:
    one = process(POLITE)
    thread = threading.Thread(target=_up, args=[one])
    thread.start()
    thread.join()
    assert not poll(lambda: not one.alive, 0.3)


def test_no_fork_hook_runs_in_a_child(process: Make, tmp_path: Path) -> None:
    """A hook that waits would let a child of a process with green threads go on with what its parent was doing."""
    note = tmp_path / "ran in the child"
    enabled = threading.Event()
    enabled.set()
    os.register_at_fork(after_in_child=lambda: note.touch() if enabled.is_set() else None)
    try:
        _up(process(POLITE))
    finally:
        enabled.clear()
    assert not note.exists()


SUPERVISOR = """
import pathlib, sys, time
from deploy.local.process import ManagedProcess
folder = pathlib.Path(sys.argv[1])
child = ManagedProcess("child", [sys.executable, "-S", "-c", sys.argv[2]], {}, folder / "child.log",
                       pid_file=folder / "child.pid")
child.start()
child.wait_for(lambda: "it is up" in child.tail(), 60)
print(child.pid, flush=True)
time.sleep(600)
"""


def _supervised(folder: Path, code: str) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-c", SUPERVISOR, str(folder), code]
    supervisor = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout
    return supervisor, int(supervisor.stdout.readline())


def test_children_die_with_the_supervisor(tmp_path: Path) -> None:
    supervisor, orphan = _supervised(tmp_path, POLITE)
    assert look_up(orphan)
    supervisor.kill()
    supervisor.communicate()
    assert poll(lambda: look_up(orphan) is None, WAIT)


def test_what_a_dead_supervisor_left_is_ended(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "pid").mkdir(parents=True)
    supervisor, orphan = _supervised(home / "pid", STUBBORN)
    supervisor.kill()
    supervisor.communicate()
    assert list(leftovers.running(home).values()) == [orphan], (
        "it ignores the signal of the supervisor's death"
    )
    assert "child.pid" in " ".join(clean.in_use(tmp_path))
    leftovers.end(home, grace=0.1)
    assert look_up(orphan) is None
    assert clean.in_use(tmp_path) == []


def _holds_its_number(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _state(pid: int) -> str:
    found = look_up(pid)
    return found.state if found else ""


def test_a_child_that_somebody_else_waited_for_has_ended(process: Make) -> None:
    """As `subprocess` has it: nobody can tell how any more, and it is no reason to fall over."""
    one = process("pass")
    one.start()
    os.waitpid(one.pid, 0)
    assert not one.alive
    assert one.returncode == 0
    one.stop()
