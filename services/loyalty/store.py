"""Loyalty's statements: the only place with SQL of this service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from authorisation.access import OWN
from authorisation.personal_data import ACCESS, rows_by_table
from chassis.transaction import Transaction
from services.loyalty.domain.awards import Award
from services.loyalty.domain.programme import BURN, BURN_UNDONE, Programme

Row = Mapping[str, Any]


# --- the provider's window ----------------------------------------------------------------------------------------
# Whoever counts points holds the window shared, a review holds it alone: no total is counted over two windows.

WINDOW = "hashtextextended('window/' || cast(:provider as text), 12)"


def share_window(tx: Transaction, provider: str) -> str | None:
    """The first period that counts, and nobody moves it until the end of the transaction."""
    tx.run(f"select pg_advisory_xact_lock_shared({WINDOW})", provider=provider)
    first: str | None = tx.value(
        "select first_period from programme_window where provider = :provider", provider=provider
    )
    return first


def open_window(tx: Transaction, provider: str, reviewed: str, first_period: str, at: datetime) -> str:
    """The provider's first window, unless somebody was quicker; the first period that counts."""
    tx.run(
        """insert into programme_window (provider, reviewed, first_period, reviewed_at)
           values (:provider, :reviewed, :first, :at) on conflict do nothing""",
        provider=provider,
        reviewed=reviewed,
        first=first_period,
        at=at,
    )
    first: str = tx.value(
        "select first_period from programme_window where provider = :provider", provider=provider
    )
    return first


def lock_window(tx: Transaction, provider: str) -> str | None:
    """The period last reviewed; nobody counts points of this provider until the end of the transaction."""
    tx.run(f"select pg_advisory_xact_lock({WINDOW})", provider=provider)
    return reviewed_period(tx, provider)


def reviewed_period(tx: Transaction, provider: str) -> str | None:
    """The period last reviewed."""
    reviewed: str | None = tx.value(
        "select reviewed from programme_window where provider = :provider", provider=provider
    )
    return reviewed


def move_window(tx: Transaction, provider: str, reviewed: str, first_period: str, at: datetime) -> None:
    """To a review's."""
    tx.run(
        """insert into programme_window (provider, reviewed, first_period, reviewed_at)
           values (:provider, :reviewed, :first, :at)
           on conflict (provider) do update set reviewed = excluded.reviewed,
               first_period = excluded.first_period, reviewed_at = excluded.reviewed_at""",
        provider=provider,
        reviewed=reviewed,
        first=first_period,
        at=at,
    )


# --- members ------------------------------------------------------------------------------------------------------


def lock_member(tx: Transaction, account: str, provider: str, level: str, at: datetime) -> None:
    """The member's row, made at the lowest level if it is not there, locked: one event of an account at a time."""
    lock = "select 1 from member where account = cast(:account as uuid) for update"
    if tx.value(lock, account=account) is None:
        tx.run(
            """insert into member (account, provider, level, joined_at)
               values (cast(:account as uuid), :provider, :level, :at) on conflict do nothing""",
            account=account,
            provider=provider,
            level=level,
            at=at,
        )
        tx.value(lock, account=account)


def member(tx: Transaction, account: str) -> Row | None:
    """One, with the first period that counts."""
    return tx.row(
        """select m.account::text, m.provider, m.points, m.level, w.first_period, w.reviewed
           from member m left join programme_window w using (provider)
           where m.account = cast(:account as uuid)""",
        account=account,
    )


def visible_members(tx: Transaction, person: str, scope: str) -> list[Row]:
    """The members among the accounts that a person may see."""
    return tx.rows(
        """select m.account::text, m.provider, m.points, m.level
           from member m where m.account in (
               select a.account from access a where a.person = :person and a.revoked_at is null
                  and (a.until is null or a.until > :now) and :scope = any(a.scopes))
           order by m.account""",
        person=person,
        scope=scope,
        now=tx.moment or datetime.now(UTC),
    )


def members_after(tx: Transaction, provider: str, after: str | None, limit: int) -> list[Row]:
    """A page of a provider's members, by account."""
    return tx.rows(
        """select account::text, points, level from member
           where provider = :provider and account > coalesce(cast(:after as uuid), cast(:nil as uuid))
           order by account limit :limit""",
        provider=provider,
        after=after,
        nil="00000000-0000-0000-0000-000000000000",
        limit=limit,
    )


# --- points -------------------------------------------------------------------------------------------------------


def add_awards(tx: Transaction, account: str, awards: Sequence[Award], at: datetime) -> list[Row]:
    """Append what is not there yet; the criterion, period and points of what was appended."""
    return tx.rows(
        """insert into points_award (account, criterion, period, cause, points, lasting, at)
           select cast(:account as uuid), g.*, cast(:at as timestamptz)
           from unnest(cast(:criteria as text[]), cast(:periods as text[]), cast(:causes as text[]),
                       cast(:points as int[]), cast(:lasting as boolean[])) g
           on conflict do nothing returning criterion, period, points""",
        account=account,
        criteria=[award.criterion for award in awards],
        periods=[award.period for award in awards],
        causes=[award.cause for award in awards],
        points=[award.points for award in awards],
        lasting=[award.lasting for award in awards],
        at=at,
    )


def awards(tx: Transaction, account: str) -> list[Row]:
    """An account's whole journal."""
    return tx.rows(
        """select criterion, period, cause, points, lasting, at from points_award
           where account = cast(:account as uuid) order by period desc, criterion, cause""",
        account=account,
    )


def undo_burn(tx: Transaction, account: str, cause: str, at: datetime) -> int:
    """Give back what was burned for a bill that turned out paid in time; how many points."""
    given = tx.rows(
        """insert into points_award (account, criterion, period, cause, points, lasting, at)
           select account, cast(:undone as text), period, cause, -points, false, cast(:at as timestamptz)
           from points_award
           where account = cast(:account as uuid) and criterion = :burn and cause = :cause
           on conflict do nothing returning points""",
        account=account,
        cause=cause,
        burn=BURN,
        undone=BURN_UNDONE,
        at=at,
    )
    return sum(row["points"] for row in given)


# The same as domain/awards.total and Programme.level. Below the first threshold stands the first level too.
COUNT = """
with old as materialized (select account, points, level from member where {which}),
total as (
    select o.account, cast(coalesce(sum(g.points), 0) as int) as points
    from old o left join points_award g
        on g.account = o.account and (g.lasting or g.period >= :first_period)
    group by o.account),
fresh as materialized (
    select account, points,
        (cast(:names as text[]))[greatest(width_bucket(points, cast(:thresholds as int[])), 1)] as level
    from total),
changed as (
    update member m set points = f.points, level = f.level
    from fresh f join old o using (account)
    where m.account = f.account and (o.points, o.level) is distinct from (f.points, f.level)
    returning m.account, m.points, m.level, o.level as previous)
"""
COUNT_SOME = COUNT.format(which="account = any(cast(:accounts as uuid[]))") + (
    "select f.account::text, f.points, f.level, o.level as previous from fresh f join old o using (account)"
)
COUNT_ALL = COUNT.format(which="provider = :provider") + (
    """select (select count(*) from fresh) as members, (select count(*) from changed) as changed,
              c.account::text, c.points, c.level, c.previous
       from (values (1)) one left join changed c on c.level <> c.previous"""
)


def count_points(tx: Transaction, programme: Programme, first_period: str, accounts: list[str]) -> list[Row]:
    """Count the points and levels of locked members anew: ``account, points, level, previous`` level of each."""
    return tx.rows(COUNT_SOME, accounts=accounts, first_period=first_period, **_levels(programme))


def count_all_points(tx: Transaction, programme: Programme, first_period: str, provider: str) -> list[Row]:
    """The same for all members of a provider in one statement. At least one row, each with ``members`` and
    ``changed`` (how many); with an account where its level changed."""
    # 1.5 million members take longer than any other statement may.
    tx.run("set local statement_timeout = '10min'")
    tx.run("set local work_mem = '256MB'")
    return tx.rows(COUNT_ALL, provider=provider, first_period=first_period, **_levels(programme))


def _levels(programme: Programme) -> dict[str, list[Any]]:
    return {
        "names": [name for name, _ in programme.levels],
        "thresholds": [threshold for _, threshold in programme.levels],
    }


# --- people -------------------------------------------------------------------------------------------------------


def lock_person(tx: Transaction, person: str) -> None:
    """One event of a person at a time: a link and an e-mail that come together must see each other."""
    tx.run(
        "select pg_advisory_xact_lock(hashtextextended('person/' || cast(:person as text), 12))",
        person=person,
    )


def add_confirmed_email(tx: Transaction, person: str, at: datetime) -> None:
    """The person has an address; which one is nothing to us."""
    tx.run(
        "insert into confirmed_email (person, at) values (:person, :at) on conflict do nothing",
        person=person,
        at=at,
    )


def forget_confirmed_email(tx: Transaction, person: str) -> None:
    """The person is erased (ID-9); points belong to accounts and stay."""
    tx.run("delete from confirmed_email where person = :person", person=person)


def is_registered(tx: Transaction, person: str, account: str) -> bool:
    """Has the person both the account (the link may have ended before its event came) and an e-mail?"""
    return (
        tx.value(
            """select 1 from confirmed_email e join access a using (person)
               where person = :person and a.account = cast(:account as uuid) and a.via = 'link'
                 and a.revoked_at is null""",
            person=person,
            account=account,
        )
        is not None
    )


def registered_members(tx: Transaction, person: str) -> list[Row]:
    """The members that a person with a confirmed e-mail has linked, in the order in which all lock them."""
    return tx.rows(
        """select m.account::text, m.provider from confirmed_email e
           join access a on a.person = e.person and a.via = 'link' and a.revoked_at is null
           join member m on m.account = a.account
           where e.person = :person order by m.account""",
        person=person,
    )


# --- bills and payments -------------------------------------------------------------------------------------------


def add_delivery(tx: Transaction, account: str, at: datetime, delivery: str) -> None:
    """From then on, bills are delivered so."""
    tx.run(
        """insert into delivery (account, at, delivery) values (cast(:account as uuid), :at, :delivery)
           on conflict do nothing""",
        account=account,
        at=at,
        delivery=delivery,
    )


def deliveries(tx: Transaction, account: str) -> list[Row]:
    """All changes."""
    return tx.rows(
        "select at, delivery from delivery where account = cast(:account as uuid)", account=account
    )


def add_bill(
    tx: Transaction,
    account: str,
    period: str,
    *,
    provider: str,
    issued_at: datetime,
    due_on: date,
    early_until: date | None,
    to_pay: Decimal,
    revision: int,
) -> None:
    """A period has one bill, the one with the highest revision, whichever is heard of first; of a revision the first
    word stands. One whose withdrawal is known already counts for nothing."""
    tx.run(
        """insert into bill (account, period, provider, issued_at, due_on, early_until, to_pay, revision, outcome)
           select cast(:account as uuid), :period, :provider, :issued, :due, :early, :to_pay, :revision,
                  case when exists (select from bill_withdrawal w where w.account = cast(:account as uuid)
                                    and w.period = :period and w.revision >= :revision)
                       then 'withdrawn' else 'open' end
           on conflict (account, period) do update set issued_at = excluded.issued_at, due_on = excluded.due_on,
               early_until = excluded.early_until, to_pay = excluded.to_pay, revision = excluded.revision,
               outcome = excluded.outcome
           where bill.revision < excluded.revision""",
        account=account,
        period=period,
        provider=provider,
        issued=issued_at,
        due=due_on,
        early=early_until,
        to_pay=to_pay,
        revision=revision,
    )


def withdraw_bill(tx: Transaction, account: str, period: str, revision: int, at: datetime) -> str | None:
    """It counts no more, heard of or not; the outcome that it had, if it had one."""
    row = tx.row(
        """with noted as (
               insert into bill_withdrawal (account, period, revision, at)
               values (cast(:account as uuid), :period, :revision, :at) on conflict do nothing),
           old as materialized (
               select account, period, outcome from bill where account = cast(:account as uuid) and period = :period
                   and revision <= :revision and outcome <> 'withdrawn'),
           ended as (
               update bill b set outcome = 'withdrawn' from old
               where b.account = old.account and b.period = old.period)
           select outcome from old""",
        account=account,
        period=period,
        revision=revision,
        at=at,
    )
    return row["outcome"] if row else None


def bills(tx: Transaction, account: str) -> list[Row]:
    """Those whose outcome may still give points that count: a year and a month of them."""
    return tx.rows(
        """select period, issued_at, due_on, early_until, to_pay, outcome from bill
           where account = cast(:account as uuid) and outcome <> 'withdrawn' order by issued_at desc limit 13""",
        account=account,
    )


def set_outcome(tx: Transaction, account: str, period: str, outcome: str) -> None:
    """After a transition."""
    tx.run(
        "update bill set outcome = :outcome where account = cast(:account as uuid) and period = :period",
        outcome=outcome,
        account=account,
        period=period,
    )


def add_payment(
    tx: Transaction,
    account: str,
    payment: str,
    *,
    posted_at: datetime,
    paid_at: datetime,
    amount: Decimal,
    balance: Decimal,
    channel: str,
) -> None:
    """What the ledger said of a payment."""
    tx.run(
        """insert into payment (account, payment, posted_at, paid_at, amount, balance, channel)
           values (cast(:account as uuid), :payment, :posted, :paid, :amount, :balance, :channel)
           on conflict do nothing""",
        account=account,
        payment=payment,
        posted=posted_at,
        paid=paid_at,
        amount=amount,
        balance=balance,
        channel=channel,
    )


def payments(tx: Transaction, account: str) -> list[Row]:
    """The latest, far more than thirteen bills can need."""
    return tx.rows(
        """select posted_at, paid_at, amount, balance, channel from payment
           where account = cast(:account as uuid) order by posted_at desc limit 200""",
        account=account,
    )


# --- missed deadlines ---------------------------------------------------------------------------------------------


def lock_overdue(tx: Transaction, provider: str, today: date, limit: int) -> list[str]:
    """Accounts with a bill whose deadline has passed unpaid, locked, the longest overdue first."""
    return [
        row["account"]
        for row in tx.rows(
            """select m.account::text from member m
               where m.account in (select account from bill where provider = :provider and outcome = 'open'
                                   and due_on < :today order by due_on, account limit :limit)
               order by m.account for update""",
            provider=provider,
            today=today,
            limit=limit,
        )
    ]


def miss_and_burn(
    tx: Transaction, accounts: list[str], today: date, first_period: str, at: datetime
) -> list[Row]:
    """Mark the overdue bills of locked accounts and burn what can burn, in one statement: ``account, cause`` (the
    missed period) and the points ``burned``, for each account that lost any."""
    return tx.rows(
        """with missed as (
               update bill set outcome = 'missed'
               where account = any(cast(:accounts as uuid[])) and outcome = 'open' and due_on < :today
               returning account, period),
           cause as (select account, max(period) as period from missed group by account),
           burned as (
               insert into points_award (account, criterion, period, cause, points, lasting, at)
               select g.account, cast(:burn as text), g.period, c.period, -sum(g.points), false,
                      cast(:at as timestamptz)
               from cause c join points_award g
                   on g.account = c.account and not g.lasting and g.period >= :first_period
               group by g.account, g.period, c.period having sum(g.points) > 0
               -- Burned for this period's bill before it was withdrawn, and given back: once is enough.
               on conflict do nothing
               returning account, cause, points)
           select account::text, cause, cast(-sum(points) as int) as burned from burned group by account, cause""",
        accounts=accounts,
        today=today,
        first_period=first_period,
        burn=BURN,
        at=at,
    )


# --- what is held on a person (ID-9) --------------------------------------------------------------------------------


def personal_data(tx: Transaction, person: str) -> dict[str, list[dict[str, Any]]]:
    """Rows as plain JSON, by table: of the person's own accounts, and whom they may look at."""
    statements = {
        "member": f"select to_jsonb(t) as row from member t where account in ({OWN}) order by account",
        "points_award": f"""select to_jsonb(t) as row from points_award t where account in ({OWN})
                            order by at, account, criterion, period, cause""",
        "confirmed_email": "select to_jsonb(t) as row from confirmed_email t where person = :person",
        "access": ACCESS,
    }
    return rows_by_table(tx, statements, person)
