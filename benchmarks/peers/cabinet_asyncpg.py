"""The first page, signing in, and sending a reading, as one plain FastAPI program would make them: asyncpg on the
tables of five services, no bus, statements side by side, prepared once a connection. The page is what the gateway
answers, word for word.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import jwt
import orjson
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI, Request, Response

from benchmarks import support
from benchmarks.peers import cabinet_readings
from contracts.wording import word
from services.billing.configuration import billing_tools
from services.loyalty.configuration import loyalty_tools
from services.loyalty.views import level_of
from services.metering.configuration import metering_tools
from services.metering.views.meters import window_shown

LINKS = """
select l.account::text, l.provider, l.number, l.name, g.name as group_name
from link l join account_group g on g.id = l.account_group
where l.person = $1 and l.state <> 'unlinked' order by l.linked_at, l.account"""
MINE = """select account from access where person = $1 and revoked_at is null and (until is null or until > $2)
          and scopes && '{see}'"""
OWED = """
select a.id::text as account, case when x.seen then a.address end as address,
       case when x.seen then a.delivery end as delivery, a.currency, b.amount as balance
from (select account, bool_or(scopes && '{see}') as seen from access
      where person = $1 and revoked_at is null and (until is null or until > $2) and scopes && '{see,amounts}'
      group by account) x
join account a on a.id = x.account join balance b on b.account = a.id order by a.provider, a.number"""
BILLS = f"""
select distinct on (f.account) b.id::text as bill, b.run::text, b.account::text, b.provider,
       a.number as account_number, b.period, b.revision, b.number, b.currency, b.opening, b.paid, b.charged, b.closing,
       b.due_on, b.early_until, b.level, b.points, b.issued_at, w.withdrawn_at
from bill_in_force f join bill b on b.id = f.bill join account a on a.id = b.account
left join bill_withdrawal w on w.bill = b.id
where f.account in ({MINE}) order by f.account, b.issued_at desc, f.period desc"""
METERS = f"""
select m.id::text as meter, m.account::text, m.provider, m.serial, m.resource, m.unit, m.model, m.digits, m.decimals,
       m.automated, m.installed_on, m.verified_on, m.next_verification_on
from meter m where m.account in ({MINE}) and m.removed_on is null order by m.account, m.resource, m.serial"""
REGISTERS = f"""
select g.meter::text, g.code as register, g.zone, g.direction, r.value, r.at, r.period, r.source
from meter m join register g on g.meter = m.id left join lateral (
    select value, at, period, source from register_reading r
    where r.meter = g.meter and r.register = g.code and r.superseded_at is null
    order by r.period desc, r.at desc limit 1) r on true
where m.account in ({MINE}) and m.removed_on is null order by g.meter, g.code"""
WAITING = f"""
select u.id::text as reading, u.meter::text, u.period, u.sent_at, u.values, u.jumps
from unconfirmed u join meter m on m.id = u.meter where m.account in ({MINE})"""
POINTS = f"select m.account::text, m.provider, m.points, m.level from member m where m.account in ({MINE})"
BELL = """
select u.unread, m.* from
    (select count(*) as unread from message where person = $1 and read_at is null) u
    left join lateral (select id::text, kind, title, text, data, at, read_at from message
                       where person = $1 order by message.id desc limit 5) m on true
order by m.id desc"""
PERSON = "select id, password_hash from person where phone = $1 or email = $1"
SESSION = """
insert into session (id, person, refresh_hash, state, created_at, used_at, expires_at, device, network, second_factor)
values ($1, $2, $3, 'open', $4, $4, $5, '', '', false)"""
STATEMENTS = {
    "identity": (LINKS,),
    "billing": (OWED, BILLS),
    "metering": (METERS, REGISTERS, WAITING),
    "loyalty": (POINTS,),
    "notifications": (BELL,),
}
#: Of each database; enough for all connections of the load.
POOL = 8

given = support.arguments()
metering = metering_tools({"providers_dir": given["providers"]})
billing = billing_tools({"providers_dir": given["providers"]})
loyalty = loyalty_tools({"providers_dir": given["providers"]})
pools: dict[str, asyncpg.Pool] = {}
hasher = PasswordHasher()


async def _connected(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Pools, made before the first request."""
    for name, url in given["urls"].items():
        pools[name] = await asyncpg.create_pool(url, min_size=POOL, max_size=POOL, init=_connected)
    support.report(ready=True)
    yield


app = FastAPI(lifespan=lifespan)


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


async def _of(name: str, person: str) -> list[Any]:
    async with pools[name].acquire() as connection:
        return [
            await connection.fetch(sql, person, *([datetime.now(UTC)] if "$2" in sql else []))
            for sql in STATEMENTS[name]
        ]


def _meters(found: list[Any]) -> dict[str, list[dict[str, Any]]]:
    rows, registers, waiting = found
    codes: dict[str, list[Any]] = {}
    latest: dict[str, list[Any]] = {}
    for row in registers:
        code = {name: row[name] for name in ("register", "zone", "direction")}
        codes.setdefault(row["meter"], []).append(code)
        if row["at"] is not None:
            one = {name: row[name] for name in ("register", "zone", "value", "at", "period", "source")}
            latest.setdefault(row["meter"], []).append(
                {**one, "source_name": word("en", "source", row["source"])}
            )
    kept = {row["meter"]: row for row in waiting}
    by_account: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        sent = kept.get(row["meter"])
        by_account.setdefault(row["account"], []).append(
            {
                **row,
                "registers": codes.get(row["meter"], []),
                "last_readings": latest.get(row["meter"], []),
                "unconfirmed": sent and {**sent, "until": sent["sent_at"] + timedelta(days=7)},
                "window": window_shown(metering, row["provider"], datetime.now(UTC)),
            }
        )
    return by_account


def _points(row: Any) -> dict[str, Any] | None:
    programme = loyalty.programmes.get(row["provider"])
    return None if programme is None else level_of(programme, row)


def _person(request: Request) -> str:
    token = request.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, given["public_key"], algorithms=["EdDSA"], options={"verify_iss": False})
    person: str = claims["sub"]
    return person


@app.get("/overview")
async def overview(request: Request) -> Response:
    """The first page of whoever signed the token."""
    person = _person(request)
    [links], [owed, bills], meters, [points], [bell] = await asyncio.gather(
        *(_of(name, person) for name in STATEMENTS)
    )
    mine = {row["account"]: row for row in owed}
    last = {row["account"]: dict(row) for row in bills}
    standing = {row["account"]: _points(row) for row in points}
    by_account = _meters(meters)
    sums: dict[str, Decimal] = {}
    for row in owed:
        if row["balance"] > 0:
            sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + row["balance"]
    page = {
        "accounts": [
            {
                "account": row["account"],
                "provider": row["provider"],
                "number": row["number"],
                "name": row["name"],
                "group": row["group_name"],
                "address": mine[row["account"]]["address"],
                "balance": mine[row["account"]]["balance"],
                "currency": mine[row["account"]]["currency"],
                "delivery": mine[row["account"]]["delivery"],
                "last_bill": last.get(row["account"]),
                "meters": by_account.get(row["account"], []),
                "loyalty": standing.get(row["account"]),
            }
            for row in links
        ],
        "owed": sums,
        "unread": bell[0]["unread"],
        "latest": [
            {name: row[name] for name in ("id", "kind", "title", "text", "at", "read_at", "data")}
            for row in bell
            if row["id"] is not None
        ],
        "missing": [],
    }
    return Response(orjson.dumps(page, default=_json), media_type="application/json")


@app.post("/api/v1/meters/{meter}/readings", status_code=201)
async def send_readings(meter: str, request: Request) -> Response:
    """A reading, and what it costs."""
    answer = await cabinet_readings.take(
        pools,
        metering,
        billing,
        _person(request),
        meter,
        request.headers["idempotency-key"],
        orjson.loads(await request.body()),
    )
    return Response(orjson.dumps(answer, default=_json), 201, media_type="application/json")


@app.post("/api/v1/sessions", status_code=201)
async def sign_in(request: Request) -> Response:
    """By e-mail and password: the password in a thread, the session, a token."""
    body = orjson.loads(await request.body())
    async with pools["identity"].acquire() as connection:
        person = await connection.fetchrow(PERSON, body["login"])
    await asyncio.to_thread(hasher.verify, person["password_hash"], body["password"])
    session, refresh, now = str(uuid.uuid4()), secrets.token_urlsafe(32), datetime.now(UTC)
    digest = hashlib.sha256(refresh.encode()).hexdigest()
    async with pools["identity"].acquire() as connection:
        await connection.execute(SESSION, session, person["id"], digest, now, now + timedelta(days=60))
    claims = {
        "sub": str(person["id"]),
        "sid": session,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 600,
    }
    token = jwt.encode(claims, given["private_key"], algorithm="EdDSA")
    answer = {"person": str(person["id"]), "access_token": token, "refresh_token": f"{session}.{refresh}"}
    return Response(orjson.dumps(answer), 201, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=given["port"], loop="uvloop", access_log=False, log_level="warning"
    )
