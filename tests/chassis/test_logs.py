"""Logs are JSON lines of listed keys; neither texts of exceptions nor bodies get in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.rpc.client import RemoteService
from contracts.errors import CabinetError
from deploy.local.names import ROOT
from tests.support_code.bus import Bus, calling
from tests.support_code.waiting import eventually

SECRET = "phone +79991234567"


def _lines(script: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from chassis import logs\nlogs.configure('it')\nSECRET = {SECRET!r}\n{script}",
        ],
        env={"PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    assert done.stderr == ""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["event"] == "starting"
    return lines[1:]


def test_keys_that_are_not_listed_lose_their_values() -> None:
    (line,) = _lines(
        "import structlog; structlog.get_logger().info('x', phone=SECRET, body=SECRET, code='ok')"
    )
    assert (line["phone"], line["body"], line["code"]) == ("[not logged]", "[not logged]", "ok")
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "how", ["log.error('x', exc_info=True)", "log.exception('x')", "log.error('x', exc_info=e)"]
)
def test_of_an_exception_only_type_and_places_are_logged(how: str) -> None:
    (line,) = _lines(
        f"""
import structlog
log = structlog.get_logger()
def deep():
    local = SECRET
    raise ValueError(SECRET)
try:
    deep()
except ValueError as e:
    {how}
"""
    )
    assert line["error"] == "ValueError"
    assert [place.split()[1] for place in line["traceback"]] == ["<module>", "deep"]
    assert SECRET not in json.dumps(line)


def test_texts_of_libraries_are_not_logged() -> None:
    """nameko and kombu quote message bodies."""
    lines = _lines(
        """
import logging
logging.getLogger('kombu').error('cannot decode %r', SECRET)
logging.getLogger('kombu').info('not even this')
logging.getLogger('nameko.containers').warning('error handling %s', SECRET)
try:
    raise ValueError(SECRET)
except ValueError:
    logging.getLogger('eventlet').exception('oh %s', SECRET)
"""
    )
    assert [(line["event"], line["logger"], line.get("error")) for line in lines] == [
        ("library_log", "kombu", None),
        ("library_log", "eventlet", "ValueError"),
    ]
    assert SECRET not in json.dumps(lines)


def test_request_and_trace_ids_are_on_every_line() -> None:
    (line,) = _lines(
        """
import structlog
from chassis import context
context.enter(context.CallContext('r-17', '00-' + 'ab' * 16 + '-' + 'cd' * 8 + '-00', subject=SECRET))
structlog.get_logger().info('x')
"""
    )
    assert (line["request_id"], line["trace_id"]) == ("r-17", "ab" * 16)
    assert SECRET not in json.dumps(line)


def test_a_running_service_logs_no_body_argument_or_text_whatever_goes_wrong(
    spawn_service: Callable[..., Any], rpc: Callable[..., RemoteService], bus: Bus, tmp_path: Path
) -> None:
    process = spawn_service(
        "tests.chassis.services.slowpoke", environment={"NOTES": str(tmp_path)}
    )  # no file
    with calling(SECRET, request_id="r-17"):
        for arguments in ({"text": SECRET}, {"wrong": SECRET}):
            with pytest.raises(CabinetError):
                rpc("slowpoke").start("note", **arguments).result()
    bus.publish("nameko-rpc", "slowpoke.note", f"not json {SECRET}".encode())
    bus.publish("nameko-rpc", "slowpoke.note", b"{}", content_type="application/x-python-serialize")
    eventually(lambda: process.tail().count("rpc_request_unreadable") + process.tail().count("reply_to") >= 2)
    log = process.log_file.read_text()
    assert "rpc_failed" in log
    assert SECRET not in log
    for line in log.splitlines():
        assert json.loads(line)["event"]  # nothing but JSON lines
