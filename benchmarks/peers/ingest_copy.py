"""COPY of the same values into a table with a row an interval: no broker, no decoding, one commit, not green."""

from __future__ import annotations

import io
import time
from contextlib import closing
from datetime import timedelta

import psycopg2

from benchmarks import support
from benchmarks.peers.readings import CODE, SLOTS, days


def main(database: str, messages: int) -> None:
    """Make the text first: only COPY and commit are timed."""
    lines = [
        f"{day.meter}\t{CODE}\t{day.begin + slot * timedelta(minutes=30)}\t{amount}\n"
        for day in days(messages)
        for slot, amount in enumerate(day.values)
    ]
    text = io.StringIO("".join(lines))
    with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.copy_expert("copy bench_copy (meter, channel, at, amount) from stdin", text)
        connection.commit()
        took = time.perf_counter() - began
    support.report(values_per_s=messages * SLOTS / took)


if __name__ == "__main__":
    main(**support.arguments())
