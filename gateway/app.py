"""The WSGI application: finds the operation, checks the caller, calls the handler, writes the answer."""

from __future__ import annotations

import gzip
import hashlib
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from authorisation.subject import NOBODY, Subject, SubjectVerifier
from chassis import answers, context, metrics
from chassis.context import CallContext
from chassis.errors import as_cabinet_error
from chassis.rpc.client import RpcClient
from chassis.validation import read
from contracts.errors import CabinetError
from contracts.identifiers import new_id
from gateway.bodies import MAX_BODY, parse, receive
from gateway.clients import client_of
from gateway.codes import codes_of
from gateway.configuration import DOCUMENTS, NETWORK, PERSON, GatewaySettings
from gateway.cross_origin import fields as cross_origin_fields
from gateway.cross_origin import is_preflight, preflight
from gateway.languages import best_language
from gateway.operations import OPERATIONS, PREFIX, PUBLIC, STAFF, Document, HttpRequest, Operation
from gateway.problems import MEDIA, problem_of
from gateway.rate_limits import Policy, RateLimits, Standing, header_fields
from gateway.revocations import Revocations

log = structlog.get_logger(__name__)

COMPRESS_FROM = 1_024
#: Of path and query; the server takes a line that is longer, so that the refusal is a problem like others.
MAX_URI = 8_000
LONGEST_DEVICE = 512
KEY_FORM = re.compile(r"[\x21-\x7e]{8,255}")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "private, no-cache",
}
_encode = msgspec.json.Encoder().encode


class GatewayApp:
    """One for the process."""

    def __init__(
        self,
        client: RpcClient,
        verifier: SubjectVerifier,
        revocations: Revocations | None = None,
        settings: GatewaySettings | None = None,
    ) -> None:
        self._client = client
        self._verifier = verifier
        self._revocations = Revocations() if revocations is None else revocations
        self._settings = settings or GatewaySettings()
        self._limits = RateLimits()
        self._map = Map(
            [
                Rule(PREFIX + _werkzeug_path(item.path), methods=[item.method], endpoint=item)
                for item in OPERATIONS
            ],
            strict_slashes=False,
            merge_slashes=False,
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        request = Request(environ)
        request.max_content_length = MAX_BODY
        began = time.perf_counter()
        request_id = _request_id(request)
        call = CallContext(
            request_id=request_id,
            traceparent=context.child_traceparent(request.headers.get("traceparent", "")),
            language=best_language(request.headers.get("Accept-Language", "")),
        )
        context.enter(call)
        name, found = "unknown", None
        counted = Counted()
        try:
            if is_preflight(request):
                response = preflight(request, self._settings.origins)
                return self._finished("preflight", request, response, request_id, counted, began)(
                    environ, start_response
                )
            if len(request.full_path) > MAX_URI:
                raise CabinetError("uri_too_long", most=MAX_URI)
            found, path = self._map.bind_to_environ(environ).match()
            name = found.name
            response = self._answer(found, dict(path), request, call, counted)
        except NotFound:
            response = _problem(CabinetError("not_found"), call)
        except MethodNotAllowed as error:
            response = _problem(CabinetError("unknown_method"), call, 405)
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        except HTTPException as error:
            response = _problem(CabinetError("malformed_request"), call, error.code or 400)
        except Exception as error:
            known = _of_a_cursor(as_cabinet_error(error))
            if answers.watchers and found is not None and known.code not in codes_of(found):
                log.error("problem_undeclared", operation=name, code=known.code)
                known = CabinetError("internal_error", f"{known.code} is not declared")
            if known.code == "internal_error":
                log.error("request_failed", operation=name, exc_info=error)
            response = _problem(known, call)
        return self._finished(name, request, response, request_id, counted, began)(environ, start_response)

    def _finished(
        self,
        name: str,
        request: Request,
        response: Response,
        request_id: str,
        counted: Counted,
        began: float,
    ) -> Response:
        """With what every answer has, counted and logged."""
        response.headers["X-Request-Id"] = request_id
        response.headers.add("Vary", "Accept-Language")
        if self._settings.origins:
            response.headers.add("Vary", "Origin")
            response.headers.extend(cross_origin_fields(request, self._settings.origins))
        response.headers.extend(SECURITY_HEADERS)
        if counted.standing is not None:
            response.headers.extend(header_fields(counted.standing, self._settings.policies))
        took = time.perf_counter() - began
        metrics.HTTP_SERVED.labels(name, str(response.status_code)).observe(took)
        log.info(
            "request", operation=name, method=request.method, status=response.status_code,
            duration_ms=round(took * 1000, 1),
        )  # fmt: skip
        return response

    def _answer(
        self, found: Operation, path: dict[str, str], request: Request, call: CallContext, counted: Counted
    ) -> Response:
        client = client_of(request.remote_addr or "")
        counted.standing = self._limits.count([(self._settings.policy(NETWORK), client)])
        # What is open to anyone is open to somebody whose token has expired: else nobody could renew it.
        token = _bearer(request) if found.rule.who != PUBLIC else ""
        subject = self._verifier.verify(token) if token else NOBODY
        if subject.session in self._revocations:
            raise CabinetError("session_ended")
        _authorise(found, subject)
        counted.standing = self._limits.count(self._of_subject(found, subject, client)) or counted.standing
        key = request.headers.get("Idempotency-Key", "")
        if found.idempotent:
            if not key:
                raise CabinetError("idempotency_key_missing")
            if not KEY_FORM.fullmatch(key):
                raise CabinetError(
                    "malformed_request", "Idempotency-Key is 8 to 255 visible ASCII characters."
                )
        context.enter(
            replace(
                call,
                deadline=time.time() + found.deadline,
                subject=token if subject.kind == "person" else "",
                idempotency_key=key if found.idempotent else "",
                client=client,
            )
        )
        raw = receive(request)
        result = found.handler(
            HttpRequest(
                client=self._client,
                subject=subject,
                path=path,
                body=parse(found, request, raw),
                query=_query(found, request),
                raw_body=raw,
                remote=request.remote_addr or "",
                device=request.headers.get("User-Agent", "")[:LONGEST_DEVICE],
                revocations=self._revocations,
            )
        )
        if isinstance(result, Document):
            return _document(request, result)
        for watch in answers.watchers:
            watch(found.name, found.answer, result)
        return _json(found, request, result)

    def _of_subject(self, found: Operation, subject: Subject, client: str) -> list[tuple[Policy, str]]:
        """What counts once it is known who asks: a guest's documents count for the network."""
        wanted = [(self._settings.policy(PERSON), subject.id)]
        if found.media != "application/json" or found.costly:
            wanted.append((self._settings.policy(DOCUMENTS), subject.id or client))
        return wanted


class Counted:
    """What is left of the caller's rate, once it is known."""

    standing: Standing | None = None


def _document(request: Request, result: Document) -> Response:
    response = Response(result.content, mimetype=result.media)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(result.name)}"
    if result.gzipped:
        response.headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings.quality("gzip") > 0:
            response.headers["Content-Encoding"] = "gzip"
        else:
            response.set_data(gzip.decompress(result.content))
    return response


def _json(found: Operation, request: Request, result: Any) -> Response:
    body = _encode(result)
    response = Response(body, status=found.status, mimetype="application/json")
    if found.method == "GET":
        tag = hashlib.blake2b(body, digest_size=12).hexdigest()
        # Weak: the same content is sent compressed and as it is.
        response.set_etag(tag, weak=True)
        if request.if_none_match.contains_weak(tag):
            response.status_code = 304
            response.set_data(b"")
            return response
    if len(body) >= COMPRESS_FROM:
        response.headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings.quality("gzip") > 0:
            response.set_data(gzip.compress(body, compresslevel=1, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
    return response


def _authorise(found: Operation, subject: Subject) -> None:
    if found.rule.who == PUBLIC:
        return
    if subject.kind != "person":
        raise CabinetError("unauthenticated")
    if found.rule.who == STAFF:
        subject.require_role(*found.rule.roles)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _request_id(request: Request) -> str:
    given = request.headers.get("X-Request-Id", "")
    return given if re.fullmatch(r"[0-9A-Za-z._-]{8,64}", given) else new_id()


def _query(found: Operation, request: Request) -> Any:
    if found.query is None:
        return None
    lists = {item.encode_name for item in msgspec.structs.fields(found.query) if "list" in str(item.type)}
    values: dict[str, Any] = {
        name: items if name in lists else items[-1] for name, items in request.args.lists()
    }
    return read(found.query, values, strict=False)


def _of_a_cursor(error: CabinetError) -> CabinetError:
    """A cursor is opaque: what is wrong in it is told as one thing, whichever service reads it."""
    if error.code == "validation_failed":
        pointers = {one["pointer"] for one in msgspec.to_builtins(error.fields.get("errors", []))}
        if pointers == {"/cursor"}:
            return CabinetError("cursor_wrong")
    return error


def _problem(error: CabinetError, call: CallContext, status: int = 0) -> Response:
    """``status`` where HTTP itself has a better one than the kind of the error."""
    problem = problem_of(error, call.request_id, call.language)
    problem.status = status or problem.status
    response = Response(_encode(problem), status=problem.status, mimetype=MEDIA)
    response.headers["Content-Language"] = call.language
    if error.kind in ("limited", "unavailable") and "retry_after" in error.fields:
        response.headers["Retry-After"] = str(error.fields["retry_after"])
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _werkzeug_path(path: str) -> str:
    """``/bills/{bill}`` -> a rule of Werkzeug: ids are UUIDs and have 36 characters, anything else is not found."""
    lengths = {
        "system": "maxlength=32",
        "channel": "maxlength=32",
        "day": "length=10",
        "seal": "length=43",
        "secret": "length=43",
    }
    return re.sub(
        r"\{(\w+)\}", lambda found: f"<string({lengths.get(found[1], 'length=36')}):{found[1]}>", path
    )
