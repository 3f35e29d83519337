"""Drill 16: codes and passwords, guessed from many addresses. Run: ``python -m drills.guesses --guesses 1000000``.

Identity's own methods are called over a real database, from 10,000 callers' addresses, while a simulated day goes by:
codes of registration, of recovery, of a new phone, of an account's contact, of the second factor, and passwords. An
attacker who knows the limits asks for a fresh code whenever the last is spent. Counted is how many guesses were really
compared with what they would open, and how many were right; the bounds follow from the limits alone.

The last line is one JSON object; the exit status is 0 if all of it held.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg2

from chassis.migrate import migrate
from deploy.local.names import ROOT
from deploy.local.stack import Stack
from drills.guesses_attack import DAY_HOURS, FORMS, Attack, Share, bounds

SERVICE: Final = "identity"


def _attack(share: Share) -> dict[str, Any]:
    return Attack(share).run()


def run(
    url: str, guesses: int, addresses: int, victims: int, processes: int, seed: int
) -> list[dict[str, Any]]:
    """What each share of the attack saw. Each process has victims and addresses of its own."""
    shares = [
        Share(url, number, guesses // processes, addresses // processes, victims // processes, seed)
        for number in range(processes)
    ]
    # A process of its own for each: fork would share the connections.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        return pool.map(_attack, shares)


def _spare_the_disk(superuser_url: str) -> None:
    """Nobody pulls the plug in this drill, and a million guesses are a million commits."""
    with closing(psycopg2.connect(superuser_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"alter database {SERVICE} set synchronous_commit = off")


def _empty(url: str) -> None:
    """The same day begins anew, with nobody registered and nothing counted."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("truncate attempt, person, registration, recovery, one_time_code cascade")


def judge(seen: list[dict[str, Any]], victims: int, addresses: int) -> tuple[list[str], dict[str, Any]]:
    """(what did not hold, figures)."""
    most = bounds(victims, addresses)
    faults: list[str] = []
    figures: dict[str, Any] = {}
    for form in FORMS:
        tried, compared, right = (
            sum(one[form][name] for one in seen) for name in ("tried", "compared", "right")
        )
        refused: dict[str, int] = {}
        for one in seen:
            for code, count in one[form]["refused"].items():
                refused[code] = refused.get(code, 0) + count
        expected = most[form].compared * most[form].chance
        figures[form] = {
            "guesses": tried,
            "compared": compared,
            "most_compared": most[form].compared,
            "right": right,
            "expected_at_most": round(expected, 4),
            "refused": refused,
        }
        if compared > most[form].compared:
            faults.append(f"{form}: {compared} guesses were compared, {most[form].compared} may be")
        if right > most[form].right:
            faults.append(f"{form}: {right} guesses were right, {most[form].right} may be")
        if not compared:
            faults.append(f"{form}: no guess was compared: nothing was shown")
    return faults, figures


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--guesses", type=int, default=1_000_000)
    parser.add_argument("--addresses", type=int, default=10_000)
    parser.add_argument("--victims", type=int, default=20, help="of each form")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, default=ROOT / ".local" / "drills-guesses")
    parser.add_argument(
        "--database", help="the address of an empty database to use in place of nodes of its own"
    )
    options = parser.parse_args(arguments)
    found = (options.guesses, options.addresses, options.victims, options.processes, options.seed)
    if options.database:
        migrate(SERVICE, options.database)
        seen = run(options.database, *found)
    else:
        with Stack(options.home, nodes_only=True) as stack:
            url = stack.nodes.database_url(SERVICE)
            _spare_the_disk(stack.nodes.superuser_url)
            migrate(SERVICE, url)
            _empty(url)
            seen = run(url, *found)
    faults, figures = judge(seen, options.victims, options.addresses)
    said = {"drill": "guesses", "ok": not faults, "faults": faults, "hours": DAY_HOURS}
    print(json.dumps(said | {"addresses": options.addresses, "victims": options.victims, "forms": figures}))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
