"""The HTTP rim: one FastAPI application per service; every error leaves as problem+json."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from opentelemetry.trace import Link, SpanKind
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from exchange.chassis.commands import busy
from exchange.chassis.decider import FieldError, Refused
from exchange.chassis.failures import Transient
from exchange.chassis.metrics import Metrics
from exchange.chassis.problems import MEDIA_TYPE, not_valid, problem
from exchange.chassis.readiness import Readiness
from exchange.chassis.telemetry import (
    Trace,
    context_of,
    current_traceparent,
    traceparent_of,
    valid_traceparent,
)

log = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]
UNTRACED = frozenset({"/livez", "/readyz", "/metrics"})


def create_app(
    title: str,
    routers: Sequence[APIRouter],
    *,
    readiness: Readiness,
    trace: Trace,
    metrics: Metrics,
) -> FastAPI:
    """The application: probes, metrics, the service's routers. No page of it needs another host."""
    app = FastAPI(
        title=title, version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json"
    )
    for router in routers:
        app.include_router(router)
    app.include_router(_probes(readiness, metrics))
    app.openapi = lambda: published(app)  # type: ignore[method-assign]  # FastAPI's own way
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _query_not_valid)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(Transient, _transient)

    @app.middleware("http")
    async def edge(request: Request, forward: Handler) -> Response:
        if request.url.path in UNTRACED:
            return await forward(request)
        return await _traced(request, forward, trace, metrics)

    return app


def published(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document, made once; the forms' own parts stand among its components."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = document.setdefault("components", {}).setdefault("schemas", {})
        for operation in (o for path in document["paths"].values() for o in path.values()):
            for content in operation.get("requestBody", {}).get("content", {}).values():
                form = content["schema"]
                parts = form.pop("$defs", {})
                components |= {f"{form['title']}.{name}": part for name, part in parts.items()}
        app.openapi_schema = document
    return app.openapi_schema


async def _traced(request: Request, forward: Handler, trace: Trace, metrics: Metrics) -> Response:
    """Each request is a trace of its own; the caller's context is linked to, never trusted."""
    caller = valid_traceparent(request.headers.get("traceparent"))
    began = time.perf_counter()
    with trace.span(
        f"{request.method} request",
        parent=None,
        kind=SpanKind.SERVER,
        links=[Link(context_of(caller))] if caller else [],
    ) as span:
        try:
            response = await forward(request) if _names_text(request) else _answer(_bad_address())
        except Exception:
            log.exception("request.failed")
            response = _answer(_internal())
        route = getattr(request.scope.get("route"), "path", "unmatched")
        span.update_name(f"{request.method} {route}")
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", response.status_code)
        traceparent = traceparent_of(span)
    if traceparent:
        response.headers["Trace-Id"] = traceparent.split("-")[1]
    metrics.request(request.method, route, response.status_code, time.perf_counter() - began)
    return response


def _names_text(request: Request) -> bool:
    """No row can be named by a text with NUL in it, since PostgreSQL keeps none."""
    return "\0" not in request.scope["path"] and b"%00" not in request.scope["query_string"]


def _probes(readiness: Readiness, metrics: Metrics) -> APIRouter:
    router = APIRouter()

    @router.get("/livez", include_in_schema=False)
    async def live() -> Response:
        """The event loop turns."""
        return Response(b'{"alive":true}', media_type="application/json")

    @router.get("/readyz", include_in_schema=False)
    async def ready() -> Response:
        """Requests can be taken: the database answers and work has begun."""
        missing = await readiness.missing()
        status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
        body = b'{"ready":%s,"missing":"%s"}' % (
            b"false" if missing else b"true",
            ", ".join(missing).encode(),
        )
        return Response(body, status, media_type="application/json")

    @router.get("/metrics", include_in_schema=False)
    async def measured() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _answer(error)


async def _transient(_request: Request, _error: Exception) -> Response:
    return _answer(busy())


async def _query_not_valid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [
        FieldError("/" + "/".join(map(str, e["loc"])), "invalid", "参数不符合要求", str(e["msg"]))
        for e in error.errors()
    ]
    return _answer(not_valid(found))


async def _no_route(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    zh = {404: "没有这个地址", 405: "该地址不支持此方法"}.get(error.status_code, "请求无法处理")
    code = phrase.lower().replace(" ", "_")
    answer = _answer(Refused(code, zh, phrase, status=error.status_code))
    answer.headers.update(error.headers or {})
    return answer


def _bad_address() -> Refused:
    return Refused("bad_address", "地址中有空字符（NUL）", "the address holds a NUL", status=400)


def _internal() -> Refused:
    return Refused(
        "internal",
        "系统内部错误，已记录；请凭追踪号联系运维",
        "an internal error, recorded; give the trace id to the operators",
        status=500,
    )


def _answer(refused: Refused) -> Response:
    traceparent = current_traceparent()
    trace_id = traceparent.split("-")[1] if traceparent else None
    headers: dict[str, Any] = {}
    if "retry_after_s" in refused.extra:
        headers["Retry-After"] = str(refused.extra["retry_after_s"])
    return Response(
        problem(refused, trace_id), refused.status, media_type=MEDIA_TYPE, headers=headers
    )
