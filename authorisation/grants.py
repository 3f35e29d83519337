"""Hears of grants, for services whose data belong to accounts."""

from __future__ import annotations

from authorisation import access
from authorisation.contexts import RequestContext, ServiceContext
from chassis.subscriptions import subscribe
from contracts.events.identity import AccessGranted, AccessRevoked, AccountLinked, AccountUnlinked


class KeepsGrants:
    """Base of a service class: keeps the copy of who may see and act for which account (see ``chassis.access``).

    A service that does more on hearing of a grant declares a method of the same name, and keeps the grant there.
    """

    service: ServiceContext

    @subscribe(AccountLinked)
    def account_linked(self, ctx: RequestContext, event: AccountLinked) -> None:
        """A person has linked an account."""
        access.keep_link(ctx.tx, event)

    @subscribe(AccountUnlinked)
    def account_unlinked(self, ctx: RequestContext, event: AccountUnlinked) -> None:
        """And has it no more."""
        access.end_link(ctx.tx, event)

    @subscribe(AccessGranted)
    def access_granted(self, ctx: RequestContext, event: AccessGranted) -> None:
        """Somebody lets a person use an account."""
        access.keep_grant(ctx.tx, event)

    @subscribe(AccessRevoked)
    def access_revoked(self, ctx: RequestContext, event: AccessRevoked) -> None:
        """And no longer."""
        access.end_grant(ctx.tx, event)
