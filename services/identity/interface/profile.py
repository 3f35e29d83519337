"""One's own profile, contacts and password (ID-5), consents (ID-9)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command, operation, question
from authorisation.subject import Subject
from contracts.rpc.base import Answer
from contracts.rpc.identity import profile as rpc
from contracts.rpc.identity.registration import Consent, TokenRequest
from services.identity.handlers import consents as consenting
from services.identity.handlers import contacts, own_password, profile
from services.identity.interface.base import Area
from services.identity.views import consents
from services.identity.views import profile as profile_view


class ProfileArea(Area):
    """One's own profile (ID-5)."""

    @question
    def me(self, ctx: RequestContext) -> Answer[rpc.Profile]:
        """The person's profile."""
        return profile_view.me(ctx.tx, ctx.subject)

    @command
    def change_profile(self, ctx: RequestContext, request: rpc.ProfileRequest) -> Answer[rpc.Profile]:
        """Some of it; the answer is the whole."""
        profile.change_profile(ctx, request)
        return profile_view.me(ctx.tx, ctx.subject)

    # --- contacts -------------------------------------------------------------------------------------------------

    @operation
    def change_email(self, subject: Subject, request: rpc.EmailRequest) -> Answer[rpc.CodeSent]:
        """A new e-mail address; a code goes there."""
        return contacts.change_email(self.service, self.tools, subject, request)

    @command
    def confirm_email(self, ctx: RequestContext, request: rpc.CodeRequest) -> Answer[rpc.EmailConfirmed]:
        """Confirm it; it counts at once, and the old address is told."""
        return contacts.confirm_change(ctx, self.tools, "email", request.code)

    @operation
    def change_phone(self, subject: Subject, request: rpc.PhoneRequest) -> Answer[rpc.CodeSent]:
        """A new phone; a code goes there."""
        return contacts.change_phone(self.service, self.tools, subject, request)

    @command
    def confirm_phone(self, ctx: RequestContext, request: rpc.CodeRequest) -> Answer[rpc.PhoneConfirmed]:
        """Confirm it; in place of another it counts after a delay, within which the old contacts may object."""
        return contacts.confirm_change(ctx, self.tools, "phone", request.code)

    @command
    def cancel_phone_change(self, ctx: RequestContext) -> Answer[rpc.ChangeCancelled]:
        """Take back a change that waits."""
        return contacts.stop_mine(ctx)

    @command
    def stop_phone_change_by_link(
        self, ctx: RequestContext, request: TokenRequest
    ) -> Answer[rpc.ChangeCancelled]:
        """Object, with the link that came to the e-mail address."""
        return contacts.stop_by_link(ctx, request.token)

    @command
    def stop_phone_change_by_code(
        self, ctx: RequestContext, request: rpc.StopByCodeRequest
    ) -> Answer[rpc.ChangeCancelled]:
        """Object, with the code that came to the old phone."""
        return contacts.stop_by_code(ctx, request)

    # --- the password ---------------------------------------------------------------------------------------------

    @operation
    def change_password(self, subject: Subject, request: rpc.PasswordRequest) -> Answer[rpc.PasswordSet]:
        """A new one for the old one; other sessions end."""
        return own_password.change(self.service, subject, request)

    # --- consents -------------------------------------------------------------------------------------------------

    @question
    def consents(self, ctx: RequestContext) -> Answer[rpc.Consents]:
        """Every consent, given or taken back (ID-9)."""
        return consents.consents(ctx.tx, ctx.subject)

    @command
    def give_consent(self, ctx: RequestContext, request: Consent) -> Answer[rpc.ConsentGiven]:
        """To a version of a document."""
        return consenting.give_consent(ctx, self.tools, request.document, request.version)

    @command
    def revoke_consent(self, ctx: RequestContext, request: rpc.DocumentRequest) -> Answer[rpc.ConsentRevoked]:
        """Take it back; the answer says what follows."""
        return consenting.revoke_consent(ctx, request.document)
