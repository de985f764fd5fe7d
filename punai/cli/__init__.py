"""The `punai` command. Every module beside this one holds a family of its commands.

Only click and the domain are imported up front: `punai --help` must not wait for LangChain or boto3.
"""

import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn, TextIO

import click

import punai
from punai.cli.agent import agent
from punai.cli.chat import chat
from punai.cli.doctor import doctor
from punai.cli.escalations import escalations
from punai.cli.evaluate import evaluate
from punai.cli.feedback import feedback
from punai.cli.kb import kb
from punai.cli.pack import pack
from punai.cli.people import erase, export
from punai.cli.plugin import plugin
from punai.cli.plugins import plugins
from punai.cli.provision import provision, teardown
from punai.cli.replay import replay
from punai.cli.server import serve
from punai.cli.suggest import suggest
from punai.cli.understanding import understanding
from punai.ports import PunaiError

INTERRUPTED = 130
"""What a shell reports for a program ended by Ctrl-C."""


@click.group(
    epilog="Example: punai serve. Settings are the environment variables PUNAI_STORE, PUNAI_MODEL, "
    "PUNAI_PLUGINS, PUNAI_BUSINESS and PUNAI_LOG_LEVEL; punai doctor says whether they are right."
)
@click.version_option(punai.__version__, prog_name="punai", message="%(prog)s %(version)s")
def cli() -> None:
    """Customer support that answers from a business's own documents, and brings in a human when it should."""


COMMANDS = (
    serve,
    chat,
    replay,
    evaluate,
    suggest,
    kb,
    pack,
    plugin,
    plugins,
    export,
    erase,
    escalations,
    agent,
    feedback,
    understanding,
    doctor,
    provision,
    teardown,
)

for command in COMMANDS:
    cli.add_command(command)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 success, 1 failure, 2 wrong usage, 130 Ctrl-C.

    An error is one line on stderr. The text of an unexpected one stays out of it, as it may hold a customer's
    words; PUNAI_LOG_LEVEL=DEBUG shows the whole traceback.
    """
    _open_streams()
    try:
        code = cli.main(args, prog_name="punai", standalone_mode=False) or 0
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "punai"
        code = _complain(f"{error.format_message()} See {command} --help", code=error.exit_code)
    except click.ClickException as error:
        code = _complain(error.format_message(), code=error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except PunaiError as error:
        code = _complain(str(error))
    except BrokenPipeError:
        _discard(sys.stdout)
        code = 1
    except Exception as error:
        code = _complain(_unexpected(error))
    sys.exit(code)


def _open_streams() -> None:
    """Take words in any encoding, and stand in for a stream that was closed before the start."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name) or io.TextIOWrapper(io.BytesIO())
        stream.reconfigure(errors="replace")
        setattr(sys, name, stream)


def _complain(message: str, *, code: int = 1) -> int:
    print(f"punai: {' '.join(message.split())}", file=sys.stderr)
    return code


def _unexpected(error: Exception) -> str:
    if os.environ.get("PUNAI_LOG_LEVEL", "").upper() == "DEBUG":
        traceback.print_exception(error)
        return f"unexpected {type(error).__name__}, see above"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return f"unexpected {type(error).__name__}; set PUNAI_LOG_LEVEL=DEBUG to see where it comes from"


def _discard(stream: TextIO) -> None:
    # Python flushes stdout once more on its way out, and would complain about the closed pipe there.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
