"""PunAI over HTTP on this machine: `punai serve`."""

import errno
import signal
import sys
from typing import NoReturn

import click

from punai.cli.session import read_settings
from punai.ports import PunaiError


@click.command(epilog="Example: punai serve --port 8080")
@click.option("--host", metavar="H", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    metavar="P",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port; 0 takes a free one.",
)
def serve(host: str, port: int) -> None:
    """Serve the HTTP API from this machine, and redeliver escalations.

    Logs are JSON lines on stdout. Ctrl-C or SIGTERM ends it.
    """
    settings = read_settings(logs_on=sys.stdout)
    # Only now: LangChain and Chalice take a second to import, and a wrong setting is told at once.
    from punai import bootstrap
    from punai.web import cors, local
    from punai.worker import Worker

    signal.signal(signal.SIGTERM, _leave)
    desk = bootstrap.open_desk(settings)
    desk.warm_up()
    desk.store.prepare()
    cors.allow(settings.cors)
    with Worker(desk):
        try:
            local.serve(desk, host, port, ready=_announce)
        except OSError as error:
            raise PunaiError(_why_not(error, host, port)) from error


def _leave(*signal_and_frame: object) -> NoReturn:
    # Before the server takes over the signal, and after it gave it back.
    sys.exit(0)


def _announce(url: str) -> None:
    print(f"PunAI listens on {url} (Ctrl-C ends it)", file=sys.stderr, flush=True)


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use; choose another with --port"
    return f"cannot listen on {host}, port {port}: {error.strerror}; choose others with --host and --port"
