"""The least a bill run can take: the rows that it made, ready, into tables like its own, by COPY in one transaction."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import psycopg2

from benchmarks import support
from benchmarks.peers.bill_run_world import PERIOD

# In the order that foreign keys ask for.
ROWS: Final = {
    "bill_run": f"select * from bill_run where period = '{PERIOD}'",
    "bill": f"select * from bill where period = '{PERIOD}'",
    "charge_line": f"select * from charge_line where period = '{PERIOD}'",
    "transfer": "select * from transfer order by id",
    "balance": "select account, currency, amount from balance",
    "outbox": "select * from outbox order by id",
}
BALANCES = "update balance b set amount = new.amount from new_balance new where new.account = b.account"


def dump(url: str, folder: str) -> None:
    """Take the rows from where a run left them."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        for table, rows in ROWS.items():
            with (Path(folder) / table).open("wb") as file:
                cursor.copy_expert(f"copy ({rows}) to stdout", file)
    support.report(done=True)


def load(url: str, folder: str) -> None:
    """Write them."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor, ExitStack() as files:
        opened = {table: files.enter_context((Path(folder) / table).open("rb")) for table in ROWS}
        began = time.perf_counter()
        for table, file in opened.items():
            if table == "balance":
                cursor.execute("create temporary table new_balance (like balance) on commit drop")
                cursor.copy_expert("copy new_balance from stdin", file)
                cursor.execute("analyze new_balance")
                cursor.execute(BALANCES)
            else:
                cursor.copy_expert(f"copy {table} from stdin", file)
        connection.commit()
        support.report(seconds=time.perf_counter() - began)


if __name__ == "__main__":
    given = support.arguments()
    {"dump": dump, "load": load}[given.pop("role")](**given)
