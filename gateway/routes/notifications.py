"""The bell (NT-1)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.notifications import ChoiceMade, Choices, Messages, Unread
from gateway.models.base import PageQuery
from gateway.models.pages import Choice, ReadMarks
from gateway.operations import SIGNED_IN, HttpRequest, operation


@operation("GET", "/notifications", SIGNED_IN, query=PageQuery, answer=Messages)
def list_notifications(request: HttpRequest) -> Any:
    """Messages, newest first."""
    return request.service("notifications").messages(limit=request.query.limit, cursor=request.query.cursor)


@operation("POST", "/notifications/read", SIGNED_IN, body=ReadMarks, answer=Unread)
def mark_notifications_read(request: HttpRequest) -> Any:
    """Mark these messages as read; without ids all of them."""
    ids = request.body.messages
    asked = {"all": True} if request.body.all or ids is None else {"messages": ids}
    return request.service("notifications").mark_read(**asked)


@operation("GET", "/notifications/choices", SIGNED_IN, answer=Choices)
def notification_choices(request: HttpRequest) -> Any:
    """What is sent by which channel; locked ones cannot be switched off (NT-2)."""
    return request.service("notifications").choices()


@operation(
    "PUT", "/notifications/choices", SIGNED_IN, body=Choice, answer=ChoiceMade, errors=("choice_locked",)
)
def choose_notifications(request: HttpRequest) -> Any:
    """Switch a kind of message on or off for a channel."""
    body = request.body
    return request.service("notifications").choose(kind=body.kind, channel=body.channel, enabled=body.enabled)
