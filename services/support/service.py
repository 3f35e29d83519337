"""Support on the bus: appeals, and questions with answers."""

from __future__ import annotations

from typing import Any

from authorisation.contexts import RequestContext, ServiceContext, ServiceContextProvider
from authorisation.grants import KeepsGrants
from authorisation.operations import command, question
from chassis.provided import Provided
from chassis.subscriptions import subscribe
from contracts.events.identity import PersonErased
from contracts.events.loyalty import LevelChanged
from contracts.rpc import support as rpc
from contracts.rpc.base import Answer
from contracts.rpc.common import Tables
from services.support import views
from services.support.configuration import SupportTools, support_tools
from services.support.handlers import appeals, people


class SupportService(KeepsGrants):
    """Listens to customers."""

    name = "support"
    service: ServiceContext = ServiceContextProvider()
    tools: SupportTools = Provided(support_tools)

    # --- the person ---------------------------------------------------------------------------------------------

    @command(idempotent=True)
    def open_appeal(self, ctx: RequestContext, request: rpc.OpenRequest) -> Answer[rpc.AppealOpened]:
        """An appeal, a complaint or a suggestion (SP-1)."""
        return appeals.open_appeal(ctx, request)

    @command(idempotent=True)
    def add_message(self, ctx: RequestContext, request: rpc.MessageRequest) -> Answer[rpc.MessageAdded]:
        """Write on."""
        return appeals.add_message(ctx, str(request.appeal), request.text)

    @command
    def close_appeal(self, ctx: RequestContext, request: rpc.AppealRequest) -> Answer[rpc.AppealClosed]:
        """Nothing more is needed."""
        return appeals.close_appeal(ctx, str(request.appeal))

    @question
    def appeals(self, ctx: RequestContext, request: rpc.AppealsRequest) -> Answer[rpc.Appeals]:
        """The person's own."""
        before = str(request.cursor) if request.cursor else None
        return views.appeals(ctx.tx, ctx.subject, request.limit, before)

    @question
    def appeal(self, ctx: RequestContext, request: rpc.AppealRequest) -> Answer[rpc.Appeal]:
        """One with its thread."""
        return views.appeal(ctx.tx, ctx.subject, str(request.appeal))

    @question
    def questions(self, ctx: RequestContext, request: rpc.QuestionsRequest) -> Answer[rpc.Questions]:
        """Questions and answers (SP-5)."""
        return views.questions(self.tools, request.language)

    # --- staff --------------------------------------------------------------------------------------------------

    @question
    def queue(self, ctx: RequestContext, request: rpc.QueueRequest) -> Answer[rpc.Queue]:
        """What waits, by priority (LY-7)."""
        return views.queue(
            ctx.tx, ctx.subject, request.limit, str(request.cursor) if request.cursor else None
        )

    @command(idempotent=True)
    def answer(self, ctx: RequestContext, request: rpc.MessageRequest) -> Answer[rpc.MessageAdded]:
        """Answer a customer."""
        return appeals.answer(ctx, str(request.appeal), request.text)

    # --- accounts -----------------------------------------------------------------------------------------------

    @subscribe(PersonErased)
    def on_person_erased(self, ctx: RequestContext, event: Any) -> None:
        """What was written goes (ID-9)."""
        people.person_erased(ctx, event)

    @question
    def personal_data(self, ctx: RequestContext, request: rpc.PersonRequest) -> Answer[Tables]:
        """For identity: all that is held on a person (ID-9)."""
        return views.personal_data(ctx.tx, ctx.subject, str(request.person))

    @subscribe(LevelChanged)
    def on_level_changed(self, ctx: RequestContext, event: Any) -> None:
        """Priority."""
        people.level_changed(ctx, event)
