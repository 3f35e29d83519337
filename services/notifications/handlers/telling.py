"""Telling people: a message in the bell, and what goes out besides (NT-1, NT-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from authorisation.contexts import RequestContext
from contracts.identifiers import new_id
from contracts.rpc.notifications import MessageTarget
from services.notifications import store
from services.notifications.configuration import NotificationTools
from services.notifications.domain.attempts import lane_of
from services.notifications.domain.kinds import CHANNEL_OF, channels_for

TOPIC = "dispatches"


def tell(
    ctx: RequestContext,
    tools: NotificationTools,
    people: list[str],
    kind: str,
    occasion: str,
    values: dict[str, Any],
    target: MessageTarget,
    addresses: Mapping[str, str] | None = None,
) -> None:
    """Tell each person once of the occasion: what happened, named so that a repeated event has the same name.

    ``values`` fill the template, ``target`` says where the message leads. ``addresses``, by channel, are used in place
    of the person's contacts, and kept sealed.
    """
    data = msgspec.json.encode(target).decode()
    for row in store.recipients(ctx.tx, people, kind) if people else ():
        book = tools.phrasebook(row["language"])
        text = book.write(kind, values)
        fresh = store.add_message(
            ctx.tx,
            new_id(),
            person=row["person"],
            kind=kind,
            occasion=occasion,
            title=text.title,
            text=text.text,
            data=data,
            at=ctx.now,
        )
        if not fresh:
            continue
        contacts = addresses if addresses is not None else [CHANNEL_OF[c] for c in row["contacts"]]
        for channel in channels_for(kind, frozenset(contacts), frozenset(row["switched_off"])):
            store.add_dispatch(
                ctx.tx,
                new_id(),
                person=row["person"],
                kind=kind,
                occasion=occasion,
                channel=channel,
                lane=lane_of(channel, False),
                urgent=False,
                language=book.language,
                values=values,
                sealed=tools.seal.close({"address": addresses[channel]}) if addresses is not None else None,
                at=ctx.now,
            )
            ctx.tx.notify(TOPIC)
