"""The OpenAPI document of the gateway, as text."""

from __future__ import annotations

import yaml

from gateway import routes
from gateway.openapi import build


class _Plain(yaml.SafeDumper):
    """Without anchors: the document is read by people too."""

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out."""
        return True


def generate_openapi() -> str:
    """docs/openapi.yaml."""
    routes.load()
    head = "# Made from the gateway's declared operations by `make docs`; do not edit.\n"
    return head + yaml.dump(build(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
