"""GET /inbox/...: what arrived, as JSON, newest last, for tests and demos. DELETE /inbox empties it.

/inbox/sms?phone=, /inbox/mail?to=, /inbox/mail/{id}, /inbox/mail/{id}/attachments/{number},
/inbox/receipts?external_id=, /inbox/webhooks. Emptying changes only what is shown: repeats are still
recognised, receipts can still be asked for.
"""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.atol import Atol
from sandbox.deliveries import Deliverer
from sandbox.mail import Mailbox
from sandbox.smsc import Smsc, phone_digits
from sandbox.web import json_response


class Inbox:
    """A window on the state of all companies."""

    def __init__(self, smsc: Smsc, mailbox: Mailbox, atol: Atol, deliverer: Deliverer) -> None:
        self._smsc = smsc
        self._mailbox = mailbox
        self._atol = atol
        self._deliverer = deliverer

    def routes(self) -> list[Route]:
        """All paths of the inbox."""
        return [
            Route("/inbox", self._empty, methods=["DELETE"]),
            Route("/inbox/sms", self._sms),
            Route("/inbox/mail", self._mail),
            Route("/inbox/mail/{id:int}", self._one_mail),
            Route("/inbox/mail/{id:int}/attachments/{number:int}", self._attachment),
            Route("/inbox/receipts", self._receipts),
            Route("/inbox/webhooks", self._webhooks),
        ]

    async def _empty(self, request: Request) -> Response:
        for shown in (self._smsc.shown, self._mailbox.mails, self._atol.shown, self._deliverer.records):
            shown.clear()
        return Response(status_code=204)

    async def _sms(self, request: Request) -> Response:
        # A "+" that was not encoded arrives as a space; only the digits count anyway.
        phone = phone_digits(request.query_params.get("phone", ""))
        return json_response([sms.as_json() for sms in self._smsc.shown if phone in ("", sms.phone)])

    async def _mail(self, request: Request) -> Response:
        to = request.query_params.get("to", "").lower()
        url = _mail_url(request)
        found = [
            mail.as_json(url)
            for mail in self._mailbox.mails
            if not to or to in (recipient.lower() for recipient in mail.recipients)
        ]
        return json_response(found)

    async def _one_mail(self, request: Request) -> Response:
        mail = self._mailbox.find(request.path_params["id"])
        if mail is None:
            return json_response({"error": "no such mail"}, 404)
        return json_response(mail.as_json(_mail_url(request)))

    async def _attachment(self, request: Request) -> Response:
        mail, number = self._mailbox.find(request.path_params["id"]), request.path_params["number"]
        if mail is None or number >= len(mail.attachments):
            return json_response({"error": "no such attachment"}, 404)
        attachment = mail.attachments[number]
        # Always a download, never shown in place: the content is a stranger's.
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(attachment.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(attachment.content, media_type=attachment.content_type, headers=headers)

    async def _receipts(self, request: Request) -> Response:
        wanted = request.query_params.get("external_id")
        found = [
            receipt.as_json() for receipt in self._atol.shown if wanted in (None, "", receipt.external_id)
        ]
        return json_response(found)

    async def _webhooks(self, request: Request) -> Response:
        return json_response([delivery.as_json() for delivery in self._deliverer.records])


def _mail_url(request: Request) -> str:
    return str(request.base_url).rstrip("/") + "/inbox/mail"
