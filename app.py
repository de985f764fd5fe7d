"""What runs on AWS Lambda: the web application, and a schedule that delivers what is due."""

import os
import sys

from chalice.app import CloudWatchEvent, Rate

from punai import logs
from punai.bootstrap import shared_desk
from punai.settings import read_settings
from punai.web import app

__all__ = ["app", "every_minute"]


@app.schedule(Rate(1, unit=Rate.MINUTES))
def every_minute(event: CloudWatchEvent) -> None:
    """Answer what was left unanswered, and bring escalations to people."""
    desk = shared_desk()
    desk.recover()
    desk.deliver_due()


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda's initialisation is paid for by nobody's waiting: settings, packs and plugins are read in it.
    logs.configure(read_settings().log_level, sys.stdout)
    shared_desk()
