"""Appeals, questions and answers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.rpc.support import MessageText
from contracts.rpc.words import AppealKind, Language
from gateway.models.base import BodyId


class NewAppeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SP-1: an appeal, a complaint or a suggestion, about an account or not."""

    kind: AppealKind
    subject: Annotated[str, Meta(min_length=1, max_length=200)]
    text: MessageText
    account: BodyId | None = None


class AppealText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of a thread."""

    text: MessageText


class QuestionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The language of questions and answers."""

    language: Language = "ru"
