"""YooKassa's errors: {"type": "error", "id", "code", "description", "parameter"}."""

import uuid

from starlette.responses import Response

from sandbox.web import json_response

_STATUS = {
    "invalid_request": 400,
    "invalid_credentials": 401,
    "forbidden": 403,
    "not_found": 404,
    "internal_server_error": 500,
}


class YooKassaError(Exception):
    """An answer that is not 200; `code` decides the HTTP status."""

    def __init__(self, code: str, description: str, parameter: str | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameter = parameter

    def response(self) -> Response:
        """The error as the API answers it."""
        body = {"type": "error", "id": str(uuid.uuid4()), "code": self.code, "description": self.description}
        if self.parameter is not None:
            body["parameter"] = self.parameter
        return json_response(body, _STATUS[self.code])


def invalid(description: str, parameter: str | None = None) -> YooKassaError:
    """A request that cannot be processed as it is."""
    return YooKassaError("invalid_request", description, parameter)
