"""Links to documents, for whoever cannot send a header: each opens one document once, within a minute (GW-6)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.base import Id, Request

#: A name or a value of an address.
AddressText = Annotated[str, Meta(max_length=200)]
#: The part of the link that cannot be guessed.
LinkSecret = Annotated[str, Meta(max_length=64)]


class LinkDocumentRequest(Request, frozen=True, kw_only=True):
    """The gateway's operation that makes the document, the ids of its path, and its query as texts."""

    operation: AddressText
    path: Annotated[dict[AddressText, AddressText], Meta(max_length=10)]
    query: Annotated[dict[AddressText, AddressText], Meta(max_length=20)]


class DocumentLink(msgspec.Struct):
    """Opens a document once, without signing in, for so many seconds. ``address`` is a path of the interface's own."""

    address: str
    expires_in: int


class LinkedDocument(msgspec.Struct):
    """The secret of the link, and for how many seconds it is good."""

    secret: str
    expires_in: int


class OpenDocumentRequest(Request, frozen=True, kw_only=True):
    """The secret of a link."""

    secret: LinkSecret


class OpenedDocument(msgspec.Struct):
    """What the link was made for, whose it is, and a token to fetch it with, good for a minute and without roles."""

    operation: str
    path: dict[str, str]
    query: dict[str, str]
    person: Id
    session: Id
    access_token: str
