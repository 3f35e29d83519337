"""Loads the demo into a fresh system of containers, once, and tells who can sign in.

The stamp is what demo.load notes at its end (DEMO_FILE), on a volume that goes when the databases go
(``docker compose down --volumes``). The addresses are written to ENDPOINTS_FILE as a local run does it, for
``docker compose run --rm demo python -m demo``, which plays the story.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from deploy.local.broker_definitions import ADMIN
from deploy.local.files import read_json, write_json
from deploy.local.names import (
    DEMO_HEAD_END,
    DEMO_ROUTING_KEY,
    READINGS_EXCHANGE,
)


def endpoints() -> dict[str, Any]:
    """Where everything is, as seen from this container: of endpoints.json, what the demo reads."""
    env = os.environ
    return {
        "gateway": {"url": env["GATEWAY_URL"]},
        "sandbox": {"url": env["SANDBOX_URL"]},
        "amqp": {
            "head_end": {
                "url": env["HEAD_END_AMQP_URL"],
                "user": DEMO_HEAD_END,
                "exchange": READINGS_EXCHANGE,
                "routing_key": DEMO_ROUTING_KEY,
                "receipts_queue": f"{DEMO_HEAD_END}.receipts",
            }
        },
        "clock_file": env["CLOCK_FILE"],
    }


def summary(noted: dict[str, Any]) -> str:
    """What a person needs to know."""
    people = [f"  {p['role']:<17} {p['login']} / {p['password']}" for p in noted["sign_in"]]
    lines = [
        f"  Cabinet           {os.environ['PUBLIC_URL']}",
        f"  Outside world     {os.environ['SANDBOX_URL']}",
        f"  Broker            {os.environ['MANAGEMENT_URL']}   {ADMIN} / AMQP_PASSWORD_ADMIN in .env",
    ]
    from demo import codes  # only in the image that this is for

    apps = codes.lines(noted["sign_in"])
    if apps:
        apps = ["", "Staff also show a code; see `docker compose run --rm demo python -m demo.codes`", *apps]
    return "\n".join(["", *lines, "", "Sign in as", *people, *apps, ""])


def main() -> int:
    """Load, unless it was done; the exit status."""
    write_json(Path(os.environ["ENDPOINTS_FILE"]), endpoints())
    demo_file = Path(os.environ["DEMO_FILE"])
    if not demo_file.exists():
        from demo import load  # httpx is only in the image that this is for

        status = load.main()
        if status:
            return status
    noted = read_json(demo_file, {"sign_in": []})
    # The story signs in as staff, with the secrets that the loader noted.
    write_json(Path(os.environ["ENDPOINTS_FILE"]), {**endpoints(), **noted})
    print(summary(noted), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
