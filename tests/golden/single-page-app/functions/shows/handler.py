"""The routes of shows: which function answers them, and with which status."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

import service
from answers import etag_of, headers_with, problem
from documents import dumps
from errors import ApiError, NotFound
from request import Request
from routing import app, by_route

# Their names and the log level come from POWERTOOLS_* and the function's logging configuration.
logger = Logger(serialize_stacktrace=False)  # it is in the line already, as text
metrics = Metrics()

OUTCOMES = {2: "Answered", 4: "Refused", 5: "Failed"}


@app.get("/shows")
def list_shows() -> Response[str]:
    request = _request()
    return _reply(200, service.list_shows(request))


@app.get("/shows/{id}")
def read_show() -> Response[str]:
    request = _request()
    item = service.read_show(request)
    return _reply(200, item, etag_of(item))


@app.exception_handler(ApiError)
def refuse(error: ApiError) -> Response[str]:
    """An error of errors.py is answered with its own status and message."""
    return _refuse(error)


@app.exception_handler(NotFoundError)
def unknown_route(_: NotFoundError) -> Response[str]:
    return _refuse(NotFound("There is no such route"))


@app.exception_handler(Exception)
def fail(_: Exception) -> Response[str]:
    """Anything unforeseen: logged with its traceback, and answered without any detail."""
    logger.exception("unforeseen error")
    return _reply(500, problem(ApiError(), _request().id))


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    request = Request(event)
    logger.set_correlation_id(request.correlation_id)
    logger.append_keys(request_id=request.id, route=request.route)
    answer = app.resolve(by_route(event), context)
    outcome = OUTCOMES.get(answer["statusCode"] // 100, "Answered")
    metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
    return answer


def _request() -> Request:
    return Request(app.current_event.raw_event)


def _refuse(error: ApiError) -> Response[str]:
    if error.status < 500:
        logger.info("refused", status=error.status, reason=str(error))
    else:
        logger.error("failed", status=error.status, exc_info=error)
    return _reply(error.status, problem(error, _request().id), error.headers)


def _reply(status: int, body: Any = None, headers: dict[str, str] | None = None) -> Response[str]:
    text = "" if body is None else dumps(body)
    media_type = "application/json" if text else None
    return Response(status, media_type, text, headers_with(headers))
