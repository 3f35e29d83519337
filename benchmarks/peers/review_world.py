"""Members with a journal of months, and what a review must come to by plain computation."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any, Final

from benchmarks.scratch import Scratch
from deploy.local.names import ROOT
from services.loyalty.domain.awards import Award, first_counted, total
from services.loyalty.domain.programme import Programme

PROVIDER: Final = "uralenergosbyt"
CONFIG: Final = {"providers_dir": str(ROOT / "providers")}

ACCOUNT = "md5('account/' || n)::uuid"
# In so many of a hundred months a member earns it, some more and some less: what a journal of real customers may
# look like. By a hash, so that every run has the same.
EARNED = """(values ('readings_in_time', 1, 80), ('payment_in_time', 3, 70), ('payment_in_cabinet', 2, 45),
    ('early_payment', 1, 15), ('paperless', 1, 35)) c(criterion, points, of_hundred)"""
MONTH = "to_char(to_date(%(reviewed)s, 'YYYY-MM') - k * interval '1 month', 'YYYY-MM')"

# The window of the reviewed period and, before it, the month that leaves it now. Written month by month, as it came.
FILL: Final = [
    f"""insert into points_award (account, criterion, period, points, lasting, at)
        select {ACCOUNT}, 'registration_and_email', '', 10, true, now()
        from generate_series(1, %(accounts)s) n where n %% 10 < 7""",
    f"""insert into points_award (account, criterion, period, points, lasting, at)
        select {ACCOUNT}, criterion, {MONTH}, c.points, false, now()
        from generate_series(%(months)s, 0, -1) k, generate_series(1, %(accounts)s) n, {EARNED}
        where (hashtext(n || '/' || k || criterion) & 2147483647) %% 100 < of_hundred + n %% 41 - 20""",
    # As the review of the month before left them.
    """insert into member (account, provider, points, level, joined_at)
       select account, %(provider)s, points,
           (%(names)s)[greatest(width_bucket(points, %(thresholds)s), 1)], now()
       from (select md5('account/' || n)::uuid as account, coalesce(sum(g.points), 0)::int as points
             from generate_series(1, %(accounts)s) n left join points_award g
                 on g.account = md5('account/' || n)::uuid and (g.lasting or g.period < %(reviewed)s)
             group by 1) before""",
    """insert into programme_window (provider, reviewed, first_period, reviewed_at)
       values (%(provider)s, %(before)s, %(before_first)s, now())""",
    # The floor's: one row an account and month of the window.
    "create table month_points (account uuid not null, period text not null, points int not null)",
    f"""insert into month_points
        select {ACCOUNT}, months.period, coalesce(g.points, 0)
        from (select {MONTH} as period from generate_series(%(months)s - 1, 0, -1) k) months
        cross join generate_series(1, %(accounts)s) n
        left join (select account, period, sum(points)::int as points from points_award group by 1, 2) g
            on g.account = {ACCOUNT} and g.period = months.period
        order by months.period, n""",
]
GROUP_BY: Final = "select account, sum(points) from month_points group by account"
# For comparison: over the rows that the review itself has to read.
GROUP_JOURNAL: Final = "select account, sum(points) from points_award group by account"
JOURNAL = """
select m.account::text, m.points, m.level, g.criterion, g.period, g.points, g.lasting
from member m left join points_award g on g.account = m.account order by m.account
"""


def fill(scratch: Scratch, accounts: int, programme: Programme, reviewed: str, before: str) -> str:
    """The database's name."""
    name = scratch.make("loyalty")
    given: dict[str, Any] = {
        "provider": PROVIDER,
        "accounts": accounts,
        "months": programme.window_periods,
        "reviewed": reviewed,
        "before": before,
        "before_first": first_counted(before, programme.window_periods),
        "names": [level for level, _ in programme.levels],
        "thresholds": [threshold for _, threshold in programme.levels],
    }
    scratch.run(name, FILL, **given)
    return name


def check(scratch: Scratch, name: str, programme: Programme, first: str) -> dict[str, int]:
    """Hold every member's points and level against the domain's plain computation; how many of each level."""
    levels: Counter[str] = Counter()
    for account, rows in groupby(scratch.stream(name, JOURNAL), key=lambda row: row[0]):
        found = list(rows)
        points = total([Award(row[3], row[4], row[5], row[6]) for row in found if row[3]], first)
        if found[0][1:3] != (points, programme.level(points)):
            raise AssertionError(f"{account}: {found[0][1:3]}, and by plain computation {points}")
        levels[found[0][2]] += 1
    return dict(levels)
