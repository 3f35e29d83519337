"""The running system from the outside, HTTP to tables: the first page of a customer with four accounts, signing in, and
sending a reading (with its preliminary charge), over 16 connections. Run:
``python -m benchmarks.cabinet [--requests N] [--rounds K]``.

Ours is the whole of `make run`: gateway, broker, five services, five databases. The peer is one FastAPI program that
reads the same tables with asyncpg and answers the same, which is looked at first; it announces nothing to anybody.
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import support
from benchmarks.cabinet_meters import OPENING, add_meters
from benchmarks.signin import PASSWORD, add_people
from demo.browser import Browser
from demo.load import CUSTOMER
from deploy.local import settings
from deploy.local.files import write_json
from deploy.local.names import ROOT
from deploy.local.ports import allocate
from deploy.local.programs import Program
from deploy.local.programs import system as everything
from deploy.local.settings import GATEWAY, NO_RATE_LIMITS, Settings, token_keys
from deploy.local.stack import Stack

HOME: Final = ROOT / ".local" / "bench-cabinet"
CONNECTIONS: Final = 16
WARM_UP: Final = 60 * CONNECTIONS
LOAD: Final = "benchmarks.peers.load"
READINGS: Final = "benchmarks.peers.cabinet_send"
SIGN_INS: Final = "benchmarks.peers.cabinet_sign_ins"
REACH: Final = {"first_page": [">=", 0.4], "sign_in": [">=", 0.4], "reading": [">=", 0.3]}
SERVICES: Final = ("identity", "billing", "metering", "loyalty", "notifications")


def programs(settings: Settings) -> list[Program]:
    """All of it, with a gateway that counts the address that a client claims."""
    return [
        Program(one.name, one.argv, one.env | {"HTTP_PROXY_HOPS": "1"}, one.health_url, one.outlives_others)
        if one.name == GATEWAY
        else one
        for one in everything(settings)
    ]


@contextmanager
def system() -> Iterator[Stack]:
    """With the demo in it, loaded once."""
    os.environ.update(NO_RATE_LIMITS)
    with Stack(HOME, system=programs) as stack:
        loaded = HOME / "demo.json"
        if not loaded.exists():
            described = HOME / "endpoints.json"
            write_json(described, stack.endpoints)
            env = settings.base() | {
                "ENDPOINTS_FILE": str(described),
                "DEMO_FILE": str(loaded),
                "IDENTITY_DATABASE_URL": stack.nodes.database_url("identity"),
            }
            subprocess.run([sys.executable, "-m", "demo.load"], env=env, cwd=ROOT, check=True)
        yield stack


def page(port: int, path: str, headers: dict[str, str]) -> Any:
    """One answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def send(port: int, meter: str, headers: dict[str, str]) -> Any:
    """What a reading of now becomes, but for its id and moment and whether it is the first."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"values": {"1.8.0": float(OPENING) + 0.5}})
    headers = headers | {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
    connection.request("POST", f"/api/v1/meters/{meter}/readings", body, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return alike(
        {
            key: value
            for key, value in answer.items()
            if key not in ("reading", "taken_at", "corrects_earlier")
        }
    )


def alike(value: Any) -> Any:
    """The same for moments that are written in other ways, and for what has no order."""
    if isinstance(value, dict):
        return {key: alike(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [alike(item) for item in value]
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        return datetime.fromisoformat(value).timestamp()
    return value


def say(round_: int, what: str, found: dict[str, float]) -> None:
    """One line of a round."""
    print(
        f"round {round_ + 1} {what:24} {found['requests_per_s']:6.0f} a second"
        f"  p50 {found['p50_ms']:6.1f}  p99 {found['p99_ms']:6.1f} ms",
        flush=True,
    )


def ratio(results: dict[str, list[dict[str, float]]]) -> float:
    """Ours to the peer's, round by round."""
    rates = {name: [found["requests_per_s"] for found in rounds] for name, rounds in results.items()}
    return support.paired(rates["ours"], rates["fastapi_asyncpg"])


def middle(results: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """The median of each figure."""
    return {
        name: {key: round(statistics.median(found[key] for found in rounds), 1) for key in rounds[0]}
        for name, rounds in results.items()
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=1_500, help="requests of a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pages: dict[str, list[dict[str, float]]] = {"ours": [], "fastapi_asyncpg": []}
    sign_ins: dict[str, list[dict[str, float]]] = {"ours": [], "fastapi_asyncpg": []}
    sent: dict[str, list[dict[str, float]]] = {"ours": [], "fastapi_asyncpg": []}
    with system() as stack:
        gateway = stack.settings.port("gateway.http")
        [peer_port] = allocate(Path(HOME / "peer"), ["http"]).values()
        phone, password, _ = CUSTOMER
        customer = Browser(stack.endpoints["gateway"]["url"])
        customer.sign_in(phone, password)
        headers = {"Authorization": f"Bearer {customer.tokens['access_token']}"}
        # Each person signs in a few times: a limit counts the sign-ins of one.
        logins = add_people(stack, 600)
        token, meters = add_meters(stack, logins.pop())
        sender = {"Authorization": f"Bearer {token}"}
        urls = {name: stack.nodes.database_url(name) for name in SERVICES}
        peer = support.Child(
            "benchmarks.peers.cabinet_asyncpg",
            urls=urls,
            port=peer_port,
            public_key=token_keys(stack.nodes.secrets)[1],
            private_key=token_keys(stack.nodes.secrets)[0],
            providers=str(ROOT / "providers"),
        )
        with peer:
            peer.report()
            doors = {"ours": (gateway, "/api/v1/overview"), "fastapi_asyncpg": (peer_port, "/overview")}
            shown = {name: alike(page(*door, headers)) for name, door in doors.items()}
            if shown["ours"] != shown["fastapi_asyncpg"]:
                print(json.dumps(shown, indent=1, ensure_ascii=False), file=sys.stderr)
                raise SystemExit("the two do not answer the same")
            taken = {name: send(port, meters[0], sender) for name, (port, _) in doors.items()}
            if taken["ours"] != taken["fastapi_asyncpg"]:
                print(json.dumps(taken, indent=1, ensure_ascii=False), file=sys.stderr)
                raise SystemExit("the two do not take a reading the same")
            counted = float(OPENING)
            for round_ in range(options.rounds):
                for name, (port, path) in doors.items():
                    request: dict[str, Any] = {
                        "port": port,
                        "path": path,
                        "headers": headers,
                        "connections": CONNECTIONS,
                    }
                    if round_ == 0:
                        support.run(LOAD, **request, requests=WARM_UP)
                    found = support.run(LOAD, **request, requests=options.requests)
                    pages[name].append(found)
                    say(round_, f"page {name}", found)
                for name, (port, _) in doors.items():
                    found = support.run(
                        SIGN_INS,
                        port=port,
                        logins=logins,
                        password=PASSWORD,
                        connections=CONNECTIONS,
                        requests=options.requests // 10,
                    )
                    sign_ins[name].append(found)
                    say(round_, f"sign-in {name}", found)
                for name, (port, _) in doors.items():
                    counted += 1
                    found = support.run(
                        READINGS,
                        port=port,
                        headers=sender,
                        meters=meters,
                        first=counted,
                        connections=CONNECTIONS,
                        requests=options.requests // 3,
                    )
                    sent[name].append(found)
                    say(round_, f"reading {name}", found)
    ratios = {"first_page": ratio(pages), "sign_in": ratio(sign_ins), "reading": ratio(sent)}
    figures = {"first_page": middle(pages), "sign_in": middle(sign_ins), "reading": middle(sent)}
    support.finish("cabinet", ratios, REACH, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
