"""What runs on AWS Lambda: the web application, and what brings escalations to people."""

import gc
import os
import sys
from collections.abc import Mapping
from typing import Any

from chalice.app import CloudWatchEvent, Rate

from punai import logs
from punai.bootstrap import shared_desk
from punai.settings import read_settings
from punai.stream import deliver_changed
from punai.uploads import read_changed
from punai.web import app, cors
from punai.web.invocation import observe

__all__ = ["app", "every_minute", "outbox", "read_documents"]


@app.schedule(Rate(1, unit=Rate.MINUTES))
def every_minute(event: CloudWatchEvent) -> None:
    """Answer what was left unanswered, and bring escalations to people."""
    desk = shared_desk()
    desk.recover()
    desk.deliver_due()


@app.lambda_function(name="outbox")
def outbox(event: Mapping[str, Any], context: object) -> Mapping[str, Any]:
    """Bring escalations to people as soon as the table's stream tells of them."""
    return deliver_changed(shared_desk(), event["Records"])


@app.lambda_function(name="read_documents")
def read_documents(event: Mapping[str, Any], context: object) -> None:
    """Read a business's documents again when some were uploaded to its bucket, or removed."""
    read_changed(shared_desk(), event)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda's initialisation is paid for by nobody's waiting: settings, packs and plugins are read in it.
    # What is made in it stays: to look through that for garbage, again and again, takes a tenth of it.
    gc.disable()
    settings = read_settings()
    logs.configure(settings.log_level, sys.stdout)
    cors.allow(settings.cors)
    observe(app, sys.stdout)
    shared_desk()
    gc.freeze()
    gc.enable()
