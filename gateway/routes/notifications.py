"""The bell (NT-1)."""

from __future__ import annotations

from typing import Any

from contracts.rpc.notifications import ChoiceMade, Choices, Inbox, Unread
from gateway.models.base import PageQuery
from gateway.models.pages import Choice, ReadMarks
from gateway.operations import SIGNED_IN, HttpCall, operation


@operation("GET", "/notifications", SIGNED_IN, query=PageQuery, answer=Inbox)
def list_notifications(call: HttpCall) -> Any:
    """Messages, newest first."""
    return call.service("notifications").inbox(limit=call.query.limit, cursor=call.query.cursor)


@operation("POST", "/notifications/read", SIGNED_IN, body=ReadMarks, answer=Unread)
def mark_notifications_read(call: HttpCall) -> Any:
    """Mark messages, or all of them, as read."""
    asked = {"all": True} if call.body.all else {"messages": call.body.messages or []}
    return call.service("notifications").mark_read(**asked)


@operation("GET", "/notifications/choices", SIGNED_IN, answer=Choices)
def notification_choices(call: HttpCall) -> Any:
    """What is sent by which channel; locked ones cannot be switched off (NT-2)."""
    return call.service("notifications").choices()


@operation(
    "PUT", "/notifications/choices", SIGNED_IN, body=Choice, answer=ChoiceMade, errors=("choice_locked",)
)
def choose_notifications(call: HttpCall) -> Any:
    """Switch a kind of message on or off for a channel."""
    body = call.body
    return call.service("notifications").choose(kind=body.kind, channel=body.channel, enabled=body.enabled)
