"""OpenTelemetry, off unless ``OTEL_ENABLED`` is on: spans around calls and events, exported over OTLP/HTTP.

The W3C trace context travels with every call and event either way (chassis.context).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chassis import context
from chassis.configuration import Environment

_tracer: Any = None


def configure(service: str, env: Environment) -> None:
    """Set the exporter up; the libraries are only imported when it is on."""
    global _tracer
    if not env.switch("OTEL_ENABLED"):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    # Requests come in with a context that nobody has sampled: the library's default would record none of them.
    sampler = None if env.text("OTEL_TRACES_SAMPLER", "") else ALWAYS_ON
    provider = TracerProvider(resource=Resource.create({"service.name": service}), sampler=sampler)
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=env.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")))
    )
    _tracer = provider.get_tracer("cabinet")


def set_tracer(tracer: Any) -> None:
    """Use this tracer (tests look into it)."""
    global _tracer
    _tracer = tracer


def off() -> bool:
    """True unless spans are recorded."""
    return _tracer is None


@contextmanager
def span(name: str, parent: str) -> Iterator[str]:
    """A span under the parent's trace context; yields the trace context for what it causes."""
    if _tracer is None:
        yield context.child_traceparent(parent)
        return
    from opentelemetry.trace import Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    propagator = TraceContextTextMapPropagator()
    with _tracer.start_as_current_span(
        name,
        context=propagator.extract({"traceparent": parent}),
        # The type only: an exception's text may quote data.
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        carrier: dict[str, str] = {}
        propagator.inject(carrier)
        try:
            yield carrier.get("traceparent", parent)
        except Exception as error:
            current.set_status(Status(StatusCode.ERROR))
            current.set_attribute("error.type", type(error).__name__)
            raise
