"""Linked accounts (ID-6), own names and groups of them (ID-7)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, operation, question
from authorisation.subject import Subject
from contracts.rpc.base import Answer
from contracts.rpc.identity import accounts as rpc
from contracts.rpc.identity.base import Unlinked
from services.identity.handlers import confirming, groups, linking, proven_linking
from services.identity.interface.base import Area
from services.identity.views import accounts, providers


class AccountsArea(Area):
    """Linked accounts (ID-6), own names and groups of them (ID-7)."""

    @operation
    def link_account(self, subject: Subject, request: rpc.LinkRequest) -> Answer[rpc.Linked]:
        """Link an account of a supplier, with the supplier's proof (ID-6)."""
        return proven_linking.link_account(self.service, self.tools, self.proofs, subject, request)

    @command
    def unlink_account(self, ctx: RequestContext, request: rpc.AccountRequest) -> Answer[Unlinked]:
        """Take it out of the cabinet (ID-7)."""
        return linking.unlink_account(ctx, str(request.account))

    @command
    def change_account(self, ctx: RequestContext, request: rpc.ChangeRequest) -> Answer[rpc.AccountChanged]:
        """The person's own name of it, and its group (ID-7)."""
        return groups.change_account(ctx, request)

    @operation
    def send_account_confirmation(
        self, subject: Subject, request: rpc.BeginConfirmationRequest
    ) -> Answer[rpc.ConfirmationSent]:
        """A code to the contact that the supplier has on file, for a link by a weak proof (ID-6)."""
        return confirming.send_confirmation(self.service, self.tools, self.billing, subject, request)

    @command
    def confirm_account(self, ctx: RequestContext, request: rpc.ConfirmationRequest) -> Answer[rpc.Confirmed]:
        """The link opens in full with that code."""
        return confirming.confirm(ctx, request)

    @command
    def confirm_account_by_passport(
        self, ctx: RequestContext, request: rpc.StaffConfirmationRequest
    ) -> Answer[rpc.Confirmed]:
        """An operator has seen a passport, where the supplier has no contact on file."""
        return confirming.confirm_by_staff(ctx, request)

    @question
    def accounts(self, ctx: RequestContext) -> Answer[rpc.LinkedAccounts]:
        """The person's accounts."""
        return accounts.accounts(ctx)

    @question
    def providers(self, ctx: RequestContext) -> Answer[rpc.Providers]:
        """What forms need to know of the providers."""
        return providers.providers(self.tools)

    @question
    def access_of(self, ctx: RequestContext, request: rpc.AccessRequest) -> Answer[rpc.HeldGrants]:
        """For the other services."""
        return accounts.access_of(ctx, str(request.person), str(request.account))
