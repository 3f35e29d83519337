"""Documents without a header: a link for one use and one minute, so that a browser can save or show the file (GW-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from authorisation.subject import Subject
from chassis import context
from chassis.validation import read
from contracts.errors import CabinetError
from contracts.rpc.identity.document_links import DocumentLink
from contracts.rpc.identity.profile import PersonalData
from gateway.operations import (
    ANYONE,
    MAX_DEADLINE,
    OPERATIONS,
    PREFIX,
    SIGNED_IN,
    HttpRequest,
    Operation,
    operation,
)
from gateway.routes.bills import bill_pdf
from gateway.routes.consumption import download_meter
from gateway.routes.profile import my_personal_data

Handler = Callable[[HttpRequest], Any]


def _declared(handler: Handler) -> Operation:
    return next(item for item in OPERATIONS if item.handler is handler)


LINKED = {item.name: item for item in map(_declared, (bill_pdf, download_meter, my_personal_data))}


def _offer(item: Operation) -> None:
    """Declare the operation that makes links to a document: the same path and query, with ``/link`` at the end."""

    def link(request: HttpRequest) -> Any:
        query = msgspec.to_builtins(request.query) if item.query is not None else {}
        made = request.service("identity").link_document(
            operation=item.name,
            path=request.path,
            query={name: value for name, value in query.items() if value is not None},
        )
        return DocumentLink(f"{PREFIX}/links/{made['secret']}", made["expires_in"])

    link.__name__ = f"link_{item.name}"
    link.__module__ = item.handler.__module__
    link.__doc__ = f"A link without a header, for one use and one minute. It opens: {item.summary}"
    operation(
        "POST",
        f"{item.path}/link",
        SIGNED_IN,
        query=item.query,
        answer=DocumentLink,
        status=201,
        errors=("too_many_requests",),
    )(link)


for _item in LINKED.values():
    _offer(_item)


@operation(
    "GET",
    "/links/{secret}",
    ANYONE,
    answer=PersonalData,
    media=", ".join(dict.fromkeys(", ".join(item.media for item in LINKED.values()).split(", "))),
    errors=("link_wrong", *dict.fromkeys(code for item in LINKED.values() for code in item.errors)),
    deadline=MAX_DEADLINE,
)
def open_link(request: HttpRequest) -> Any:
    """The document that a link was made for, as far as its person may still see it. The link is spent."""
    opened = request.service("identity").open_document(secret=request.path["secret"])
    item = LINKED.get(opened["operation"])
    if item is None:  # made by a gateway of another release
        raise CabinetError("link_wrong")
    context.enter(replace(context.current(), subject=opened["access_token"]))
    return item.handler(
        replace(
            request,
            subject=Subject("person", opened["person"], opened["session"]),
            path=opened["path"],
            query=read(item.query, opened["query"], strict=False) if item.query is not None else None,
        )
    )
