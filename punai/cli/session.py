"""What commands have in common: logs out of the way, an opened desk, options for a business and a person."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO

import click

from punai.tenant import Tenant

if TYPE_CHECKING:
    from punai.desk import Desk
    from punai.settings import Settings

IN_MEMORY = "sqlite:///:memory:"
"""A store that is gone when the command ends."""


def read_settings(*, logs_on: TextIO | None = None) -> "Settings":
    """The settings in force, with logs going to `logs_on` at PUNAI_LOG_LEVEL.

    Without it they go to stderr, warnings only unless PUNAI_LOG_LEVEL is set: stdout is for results.

    Raises:
        ConfigurationError: a variable is wrong.
    """
    from punai import logs, settings

    stream = logs_on or sys.stderr
    logs.configure("WARNING", stream)
    found = settings.read_settings()
    if logs_on or "log_level" in found.model_fields_set:
        logs.configure(found.log_level, stream)
    return found


def open_desk(business: str | None = None, *, in_memory: bool = False) -> tuple["Desk", Tenant]:
    """A desk, and the business of that name, or else the default one.

    `in_memory`: on a store that is gone when the command ends, instead of the one in the settings.

    Raises:
        ConfigurationError: a setting, a pack or a plugin is wrong.
        click.BadParameter: there is no such business.
    """
    from punai import bootstrap
    from punai.business import find_packs

    settings = read_settings()
    if in_memory:
        settings = settings.model_copy(update={"store": IN_MEMORY})
    if business is not None:
        names = [pack.name for pack in find_packs(settings.plugins)]
        if business not in names:
            raise click.BadParameter(
                f"there is no business {business!r}, but: {', '.join(names)}.", param_hint="'--business'"
            )
        settings = settings.model_copy(update={"business": business})
    desk = bootstrap.open_desk(settings)
    return desk, desk.tenants[desk.default_tenant]


def business_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--business NAME`."""
    return click.option(
        "--business", metavar="NAME", help="The business pack to use, if not that of PUNAI_BUSINESS."
    )(command)


def user_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--user ID`, which must be given."""
    return click.option("--user", metavar="ID", required=True, callback=identifier, help="Who.")(command)


def identifier(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Check an option that names a person: wrong usage is told before anything is opened."""
    if not 1 <= len(value) <= 128:
        raise click.BadParameter("1 to 128 characters, please.")
    return value
