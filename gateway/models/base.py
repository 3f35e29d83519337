"""What bodies and queries share."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

#: The id of a thing in a body. Which form it has, and whether there is such a thing, its service says.
BodyId = Annotated[str, Meta(max_length=64, extra_json_schema={"format": "uuid"})]
#: A phone in any usual form, or an e-mail address.
Login = Annotated[str, Meta(min_length=1, max_length=254)]
#: The secret of a link that came by mail.
LinkSecret = Annotated[str, Meta(max_length=128)]
#: ``next`` of the page before.
Cursor = Annotated[str, Meta(min_length=1, max_length=4096)]


class PageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A page: so many at most, after the page whose ``next`` is the ``cursor``."""

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class LongPageQuery(PageQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A page of what staff work through."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 50
