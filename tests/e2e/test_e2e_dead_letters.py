"""A batch that was put aside can be put back by the command, and is then taken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from typing import Any

import amqp

from demo.browser import eventually
from demo.head_end import HeadEnd
from deploy.local.names import ROOT
from deploy.local.stack import Stack


def test_a_dead_batch_is_listed_shown_and_replayed(system: Stack) -> None:
    _command(system, "drop", "ami.readings")  # what an earlier run may have left
    head_end = HeadEnd(system.endpoints["amqp"]["head_end"])
    where = system.endpoints["amqp"]["head_end"]
    body = {
        "batch": str(uuid.uuid4()),
        "head_end": head_end.name,
        "sent_at": "2026-10-01T00:00:00+05:00",
        "readings": [
            {"meter": "no-such", "obis": "1-0:1.8.0", "at": "2026-10-01T00:00:00+05:00", "value": "1"}
        ],
    }
    # A content type that nobody can read: put aside whole, with its reason.
    message = amqp.Message(
        json.dumps(body), content_type="text/plain", delivery_mode=2, user_id=head_end.name
    )
    head_end._channel.basic_publish_confirm(
        message, exchange=where["exchange"], routing_key=where["routing_key"]
    )
    eventually(lambda: "ami.readings" in _command(system, "list"), what="the dead letter")
    letters = [json.loads(line) for line in _command(system, "show", "ami.readings").splitlines()]
    assert [letter["reason"] for letter in letters] == ["content_type"]
    assert "body" not in letters[0]

    # Without user_id it would be refused for good; a replay keeps who had sent it and where to.
    assert _command(system, "replay", "ami.readings") == "1 put back"
    eventually(lambda: "ami.readings" in _command(system, "list"), what="the same fault again")
    assert _command(system, "drop", "ami.readings") == "1 dropped"
    assert "ami.readings" not in _command(system, "list")
    head_end.close()


def test_a_replayed_batch_still_belongs_to_its_head_end(system: Stack) -> None:
    head_end = HeadEnd(system.endpoints["amqp"]["head_end"])
    where: dict[str, Any] = system.endpoints["amqp"]["head_end"]
    body = {
        "batch": "0197b2c4-5e06-7cc5-8035-9849bf0bbf31",
        "head_end": head_end.name,
        "sent_at": "2026-10-01T00:00:00+05:00",
        "readings": [
            {"meter": "no-such", "obis": "1-0:1.8.0", "at": "2026-10-01T00:00:00+05:00", "value": "1"}
        ],
    }
    connection = amqp.Connection(
        host=where["url"].rsplit("@", 1)[1].split("/")[0],
        userid="metering",
        password=system.nodes.amqp_passwords["metering"],
        virtual_host=where["vhost"],
        login_method="PLAIN",
        confirm_publish=True,
    )
    with connection:
        # As a dead letter of a batch that could be read after all, once the fault in the code is mended.
        letter = amqp.Message(
            json.dumps(body),
            content_type="application/json",
            delivery_mode=2,
            application_headers={"x-routing-key": where["routing_key"], "x-user-id": head_end.name},
        )
        connection.channel().basic_publish(letter, "ami.dead", "ami.readings")
    assert _command(system, "replay", "ami.readings") == "1 put back"
    receipt = head_end.receipt("0197b2c4-5e06-7cc5-8035-9849bf0bbf31")
    assert [item["code"] for item in receipt["rejected"]] == ["unknown_meter"]
    head_end.close()


def _command(system: Stack, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "chassis.deadletters", *arguments],
        env={
            **os.environ,
            "AMQP_URL": system.nodes.amqp_url("operator"),
            "OUTSIDE_AMQP_URL": system.nodes.amqp_url("operator", "ami"),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
