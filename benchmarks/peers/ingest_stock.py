"""nameko as it comes: ``nameko.messaging.consume`` and an ORM object for each value, a commit for each message."""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import time  # noqa: E402
from datetime import datetime, timedelta  # noqa: E402
from typing import Any  # noqa: E402

from kombu.entity import Queue  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.messaging import consume  # noqa: E402
from sqlalchemy import DateTime, Uuid, create_engine  # noqa: E402
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker  # noqa: E402

from benchmarks import support  # noqa: E402
from chassis.database import psycopg2_url  # noqa: E402

WORKERS = 10


class Base(DeclarativeBase):
    """Of the one table."""


class Interval(Base):
    """One value."""

    __tablename__ = "bench_stock"
    meter: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    amount: Mapped[int]


meters: dict[str, str] = {}
sessions: sessionmaker[Session] = sessionmaker()


class Stock:
    """Stores what comes."""

    name = "bench_stock"

    @consume(Queue("bench.stock", durable=True, no_declare=True))
    def readings(self, batch: dict[str, Any]) -> None:
        """One message."""
        with sessions() as session:
            for reading in batch["readings"]:
                at = datetime.fromisoformat(reading["from"])
                channel = reading["obis"].rpartition(":")[2]
                for slot, value in enumerate(reading["values"]):
                    session.add(
                        Interval(
                            meter=meters[reading["meter"]],
                            channel=channel,
                            at=at + timedelta(minutes=30 * slot),
                            amount=round(float(value) * 1000),
                        )
                    )
            session.commit()


def main(url: str, database: str) -> None:
    """Until the end of the process."""
    engine = create_engine(psycopg2_url(database), pool_size=WORKERS)
    sessions.configure(bind=engine)
    with engine.connect() as connection:
        for meter, serial in connection.exec_driver_sql("select id::text, serial from meter"):
            meters[serial] = meter
    container = ServiceContainer(Stock, {"AMQP_URI": url, "max_workers": WORKERS})
    support.report(ready=True)
    support.wait_until_told()
    support.report(began=time.time())
    container.start()
    container.wait()


if __name__ == "__main__":
    main(**support.arguments())
