"""Links to documents (GW-6)."""

from __future__ import annotations

from authorisation.contexts import RequestContext
from authorisation.operations import command
from contracts.rpc.base import Answer
from contracts.rpc.identity import document_links as rpc
from services.identity.handlers import document_links
from services.identity.interface.base import Area


class DocumentLinksArea(Area):
    """Links to documents (GW-6)."""

    @command
    def link_document(
        self, ctx: RequestContext, request: rpc.LinkDocumentRequest
    ) -> Answer[rpc.LinkedDocument]:
        """A link of this session that opens a document of the gateway once, within a minute."""
        return document_links.link(ctx, self.tools, request)

    @command
    def open_document(
        self, ctx: RequestContext, request: rpc.OpenDocumentRequest
    ) -> Answer[rpc.OpenedDocument]:
        """For gateways: spend a link, and learn what it opens for whom."""
        return document_links.open_link(ctx, self.tools, request.secret)
