"""What an invocation of a Lambda function leaves in the log: its ids in every line, of a failure no words."""

import logging
import os
from collections.abc import Callable
from functools import partial
from typing import Any, TextIO, cast

from chalice.app import Chalice, ConvertToMiddleware

from punai import metrics
from punai.logs import log
from punai.ports import PunaiError


class InvocationFailed(Exception):
    """What Lambda gets to see of an exception, as it writes all that it sees into the log: only its class."""


def observe(app: Chalice, stream: TextIO) -> None:
    """Put Lambda's ids into every line that is logged from now on, and metrics on the stream.

    Call it once, after `logs.configure`. `POWERTOOLS_SERVICE_NAME` says which stage this is: `punai-prod`.
    """
    # Here, since nothing else needs it: off Lambda there is nothing of this to tell.
    from aws_lambda_powertools import Logger

    function = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    service = os.environ.get("POWERTOOLS_SERVICE_NAME") or function
    metrics.start(stream, service)
    [handler] = logging.getLogger().handlers
    # It logs nothing itself; it keeps the formatter's keys. Its own name is nobody else's, as it takes what
    # loggers of that name say out of the handler. Of the formatter it asks for `append_keys` alone.
    keys = Logger(service=__name__, logger_handler=handler, logger_formatter=cast(Any, handler.formatter))
    keys.append_keys(service=service, function_name=function)

    def traced(event: Any, get_response: Callable[[Any], Any]) -> Any:
        keys.append_keys(xray_trace_id=trace_id())
        return get_response(event)

    # A variable of powertools' would have it log whole events, with customers' words: it is not asked.
    with_ids = partial(keys.inject_lambda_context, log_event=False)
    app.register_middleware(ConvertToMiddleware(with_ids))
    app.register_middleware(traced)
    app.register_middleware(told_without_words)


def trace_id() -> str | None:
    """X-Ray's id of what this invocation is part of, as Lambda puts it into the environment, if it does."""
    root = os.environ.get("_X_AMZN_TRACE_ID", "").partition(";")[0]
    return root.removeprefix("Root=") or None


def told_without_words(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Log a failure by its class and place, and hand on that much: the invocation has failed all the same.

    Raises:
        InvocationFailed: it has.
    """
    try:
        return get_response(event)
    except PunaiError as error:  # these are made to be shown
        log.exception("an invocation failed", extra={"fields": {"error": str(error)}})
        raise InvocationFailed(f"{type(error).__name__}: {error}") from None
    except Exception as error:
        log.exception("an invocation failed")
        raise InvocationFailed(type(error).__name__) from None
