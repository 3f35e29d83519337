"""The review with SQLAlchemy's ORM, written well: a thousand members and their journals are loaded with a query each,
counted in Python, and written by the unit of work; a commit each thousand."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import create_engine, or_, select
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import Session

from benchmarks import support
from benchmarks.peers.review_world import CONFIG, PROVIDER
from chassis.database import psycopg2_url
from chassis.outbox import outbox_row
from contracts.events.loyalty import LevelChanged
from services.loyalty.configuration import loyalty_tools
from services.loyalty.domain.programme import Programme

AT_ONCE: Final = 1_000


def chunk(session: Session, tables: Any, programme: Programme, first: str, after: Any, limit: int) -> Any:
    """Review so many members; the last of them."""
    member, award = tables.member, tables.points_award
    query = select(member).order_by(member.account).limit(limit)
    members = session.scalars(query if after is None else query.where(member.account > after)).all()
    ids = [one.account for one in members]
    points: dict[Any, int] = defaultdict(int)
    counts = or_(award.lasting, award.period >= first)
    for entry in session.scalars(select(award).where(award.account.in_(ids), counts)):
        points[entry.account] += entry.points
    for one in members:
        previous = one.level
        one.points, one.level = points[one.account], programme.level(points[one.account])
        if one.level != previous:
            event = LevelChanged(
                account=str(one.account),
                provider=PROVIDER,
                at=datetime.now(UTC),
                points=one.points,
                level=one.level,
                previous=previous,
            )
            session.add(tables.outbox(**outbox_row(event)._asdict()))
    session.commit()
    return ids[-1]


def main(url: str, first: str, accounts: int) -> None:
    """Review the first so many members."""
    programme = loyalty_tools(CONFIG).programmes[PROVIDER]
    engine = create_engine(psycopg2_url(url))
    base: Any = automap_base()
    base.prepare(autoload_with=engine)
    with Session(engine) as session:
        session.connection()
        began = time.perf_counter()
        after, done = None, 0
        while done < accounts:
            after = chunk(session, base.classes, programme, first, after, min(AT_ONCE, accounts - done))
            done += AT_ONCE
        support.report(seconds=time.perf_counter() - began)


if __name__ == "__main__":
    main(**support.arguments())
