"""The kit for those who write plugins: `punai plugin new`, `test` and `try`."""

import click

from punai.cli.plugin_new import new
from punai.cli.plugin_test import test
from punai.cli.plugin_try import try_


@click.group(no_args_is_help=False, epilog="Example: punai plugin new crm")
def plugin() -> None:
    """Make plugins, test them, and try what they do."""


for command in (new, test, try_):
    plugin.add_command(command)
