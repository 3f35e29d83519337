"""What the process consists of: the state of every company, and the HTTP application over it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.atol import Atol
from sandbox.atol_api import AtolApi
from sandbox.deliveries import Deliverer
from sandbox.faults import Faults
from sandbox.faults_api import FaultsApi
from sandbox.inbox import Inbox
from sandbox.mail import Mailbox
from sandbox.page import Pages
from sandbox.settings import Settings
from sandbox.smsc import Smsc
from sandbox.web import json_response
from sandbox.webhooks import Webhooks
from sandbox.yookassa_api import YooKassaApi
from sandbox.yookassa_page import CheckoutPage
from sandbox.yookassa_state import Shop


class World:
    """All state of one process; nothing is kept anywhere else."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.faults = Faults()
        self.deliverer = Deliverer()
        self.webhooks = Webhooks(settings.webhook_url, self.deliverer, self.faults)
        self.shop = Shop(settings, self.webhooks.emit)
        self.atol = Atol(settings, self.deliverer)
        self.smsc = Smsc(settings, self.faults)
        self.mailbox = Mailbox(self.faults)


async def _health(request: Request) -> Response:
    return json_response({"status": "ok"})


def build_app(world: World) -> Starlette:
    """The HTTP application; the deliveries under way live and die with it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with world.deliverer:
            yield

    routes = [
        Route("/health", _health),
        *YooKassaApi(world.settings, world.shop, world.faults).routes(),
        *CheckoutPage(world.shop).routes(),
        *AtolApi(world.settings, world.atol, world.faults).routes(),
        *world.smsc.routes(),
        *FaultsApi(world.faults).routes(),
        *Inbox(world.smsc, world.mailbox, world.atol, world.deliverer).routes(),
        *Pages(world.smsc, world.mailbox, world.atol, world.deliverer, world.shop, world.faults).routes(),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
