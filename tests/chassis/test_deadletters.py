"""The command that lists, shows, replays and drops dead letters."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chassis import deadletters
from chassis.broker import declare_work_queue, work_queue
from chassis.deadletters import main
from chassis.subscriptions import FIRST_FAILED, REASON, RETRY
from tests.support_code.bus import Bus
from tests.support_code.waiting import eventually

QUEUE = "letters.support.appeal_answered"
DEAD = f"{QUEUE}.dead"


@pytest.fixture
def letters(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three letters, and AMQP_URL set."""
    monkeypatch.setenv("AMQP_URL", bus.url)
    monkeypatch.setattr(
        "chassis.topology.subscriptions",
        lambda: [("letters", "support", "appeal_answered"), ("letters", "support", "never_declared")],
    )
    with bus.channel() as channel:
        declare_work_queue(channel, work_queue(QUEUE))
        channel.queue_purge(QUEUE)
        channel.queue_purge(DEAD)
    for n in range(3):
        headers = {REASON: "ValueError internal_error", RETRY: 4, FIRST_FAILED: 17, "traceparent": f"00-{n}"}
        body = json.dumps({"phone": f"+7999000000{n}"}).encode()
        bus.publish("", DEAD, body, headers=headers | {"kept": "yes"}, message_id=f"id-{n}", type="t")
    eventually(lambda: bus.depth(DEAD) == 3)
    yield


def test_list_counts_letters_by_working_queue(letters: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr().out == f"3\t{QUEUE}\n"


def test_show_tells_why_but_not_what_unless_asked(
    letters: None, bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", QUEUE]) == 0
    out = capsys.readouterr().out
    shown = [json.loads(line) for line in out.splitlines()]
    assert [letter["id"] for letter in shown] == ["id-0", "id-1", "id-2"]
    assert shown[1] == {
        "id": "id-1",
        "reason": "ValueError internal_error",
        "retries": 4,
        "first_failed_at": 17,
        "traceparent": "00-1",
        "type": "t",
        "bytes": 25,
    }
    assert "+7999" not in out
    main(["show", QUEUE, "--body"])
    assert "+79990000001" in capsys.readouterr().out
    assert eventually(lambda: bus.depth(DEAD) == 3)  # looking takes nothing away


def test_one_letter_is_replayed_with_a_fresh_count(
    letters: None, bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", QUEUE, "id-1"]) == 0
    assert capsys.readouterr().out == "1 put back\n"
    assert eventually(lambda: bus.depth(DEAD) == 2)
    (message,) = bus.take(QUEUE)
    assert message.headers.items() >= {"kept": "yes", "traceparent": "00-1"}.items()
    assert not message.headers.keys() & {REASON, RETRY, FIRST_FAILED}
    assert message.properties["message_id"] == "id-1"
    assert message.properties["content_type"] == "application/json"
    assert message.properties["delivery_mode"] == 2
    assert "+79990000001" in str(message.body)


def test_all_are_replayed(letters: None, bus: Bus) -> None:
    assert deadletters.replay(bus.url, QUEUE) == 3
    assert bus.depth(QUEUE) == 3
    assert bus.depth(DEAD) == 0


def test_one_is_dropped_then_all(letters: None, bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    main(["drop", QUEUE, "id-2"])
    assert capsys.readouterr().out == "1 dropped\n"
    eventually(lambda: bus.depth(DEAD) == 2)
    assert deadletters.drop(bus.url, QUEUE) == 2
    assert (bus.depth(DEAD), bus.depth(QUEUE)) == (0, 0)


def test_letters_that_the_broker_buried_say_so(letters: None, bus: Bus) -> None:
    """A message that kills its consumer every time reaches the queue's delivery limit."""
    with bus.channel() as channel:
        arguments = {"x-message-ttl": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": DEAD}
        channel.queue_declare("letters.dying", auto_delete=False, arguments=arguments | {"x-expires": 60_000})
    deadletters.drop(bus.url, QUEUE)
    bus.publish("", "letters.dying", b"{}")
    (letter,) = eventually(lambda: deadletters.show(bus.url, QUEUE))
    assert letter["reason"] == "broker: expired"
    assert deadletters.replay(bus.url, QUEUE) == 1
    (message,) = bus.take(QUEUE)
    assert not [name for name in message.headers if "death" in name]
