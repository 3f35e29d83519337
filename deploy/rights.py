"""What each process may do on the broker, made from the code's own declarations: ``python -m deploy.rights [--check]``.

Writes ``deploy/rabbitmq/rights.json``: vhost -> user -> ``configure``, ``write``, ``read`` (regular expressions of
names) and ``topics`` (exchange -> the same of routing keys). Nobody may write to the default exchange, which leads to
every queue. Names of queues are written out, so that the file changes whenever the topology does.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from deploy.local.names import AMI_VHOST, CABINET_VHOST, DOMAIN_SERVICES, RECEIPTS_EXCHANGE, ROOT

FILE: Final = ROOT / "deploy" / "rabbitmq" / "rights.json"
GATEWAY: Final = "gateway"
NONE: Final = "^$"
ALL: Final = ".*"
UUID: Final = "[0-9a-f-]{36}"
#: Replies go to queues of callers: ours, or those of stock nameko.
REPLIES: Final = (rf"[a-z0-9-]+\.reply\.{UUID}", UUID)

Rights = dict[str, Any]


def any_of(patterns: Iterable[str]) -> str:
    """One expression for all of them, whole."""
    return f"^({'|'.join(patterns)})$"


def build() -> dict[str, dict[str, Rights]]:
    """By vhost and user."""
    from chassis.topology import outside_batches, service_classes

    classes = {service.name: service for service in service_classes()}
    inside = {name: _service(classes[name]) for name in DOMAIN_SERVICES}
    inside[GATEWAY] = _process(GATEWAY, write=[], read=[], calls=DOMAIN_SERVICES)
    batches = outside_batches()
    outside = {
        service.name: {
            "configure": NONE,
            "write": any_of(map(re.escape, (RECEIPTS_EXCHANGE, *sorted({one.ways.dead for one in mine})))),
            "read": any_of(re.escape(one.queue_name) for one in mine),
            "topics": {},
        }
        for service in classes.values()
        if (mine := [one for one in batches.values() if one in _entrypoints(service)])
    }
    return {CABINET_VHOST: inside, AMI_VHOST: outside}


def _service(service: Any) -> Rights:
    """One of ours: its events, its queues, whom it calls, who calls it."""
    from chassis.broker import (
        DEAD_EXCHANGE,
        RETRY_EXCHANGE,
        event_exchange_name,
        rpc_queue,
        subscription_queue,
    )
    from chassis.subscriptions import Subscription
    from contracts.events import REGISTRY

    name = service.name
    queues = [
        subscription_queue(name, one.source, one.event)
        for one in _entrypoints(service)
        if isinstance(one, Subscription)
    ]
    events = sorted(event for source, event in REGISTRY if source == name)
    found = _process(
        name,
        write=[event_exchange_name(name), RETRY_EXCHANGE, DEAD_EXCHANGE, rpc_queue(name)],
        read=[*sorted(queues), rpc_queue(name)],
        calls=_called(service),
        serves=True,
    )
    found["configure"] = any_of((re.escape(rpc_queue(name)), rf"{name}\.reply\.{UUID}"))
    found["topics"] |= {
        event_exchange_name(name): {"write": any_of(events), "read": NONE},
        RETRY_EXCHANGE: {"write": rf"^[0-9]+\.{name}\..+$", "read": NONE},
        DEAD_EXCHANGE: {"write": rf"^{name}\..+$", "read": NONE},
    }
    return found


def _process(
    name: str, *, write: list[str], read: list[str], calls: Iterable[str], serves: bool = False
) -> Rights:
    """What every process may: a queue of its own for replies, and calls to those whom it calls."""
    from chassis.broker import RPC_EXCHANGE

    mine = rf"{name}\.reply\.{UUID}"
    keys = [rf"({'|'.join(sorted(calls))})\.[a-z0-9_]+", *(REPLIES if serves else ())]
    return {
        "configure": any_of([mine]),
        "write": any_of([*map(re.escape, [RPC_EXCHANGE, *write]), mine]),
        "read": any_of([*map(re.escape, [RPC_EXCHANGE, *read]), mine]),
        "topics": {
            RPC_EXCHANGE: {
                "write": any_of(keys),
                # Of bindings: nobody hears of another's requests or replies.
                "read": any_of([mine, *([rf"{name}\.\*"] if serves else [])]),
            }
        },
    }


def _called(service: Any) -> set[str]:
    """The services that a service calls: its Remotes, and the owner of grants."""
    from authorisation.contexts import OWNER_OF_GRANTS
    from chassis.rpc.client import Remote

    remotes = {one.service for _, one in inspect.getmembers(service) if isinstance(one, Remote)}
    return remotes | {OWNER_OF_GRANTS}


def _entrypoints(service: Any) -> list[Any]:
    from chassis.topology import entrypoints_of

    return list(entrypoints_of(service))


def main(arguments: list[str], file: Path = FILE) -> int:
    """Write the file, or with ``--check`` say whether it is the one that would be written."""
    text = json.dumps(build(), indent=1, sort_keys=True) + "\n"
    if arguments == ["--check"]:
        if file.read_text(encoding="utf-8") == text:
            return 0
        print(f"{file.name} is not what the code declares: run python -m deploy.rights", file=sys.stderr)
        return 1
    file.write_text(text, encoding="utf-8")
    print(f"{file.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
