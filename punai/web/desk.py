"""The desk that requests go to: the process's own, unless the server was handed one."""

from punai.bootstrap import shared_desk
from punai.desk import Desk
from punai.tenant import Tenant
from punai.web.problems import Problem

_given: Desk | None = None


def use(desk: Desk | None) -> None:
    """Send requests to this desk from now on; None goes back to the process's own."""
    global _given
    _given = desk


def current() -> Desk:
    """The desk to send a request to; opened from the settings the first time, if nobody gave one.

    Raises:
        ConfigurationError: a setting, a pack or a plugin is wrong.
    """
    return _given or shared_desk()


def business(name: str | None) -> Tenant:
    """The business of this id, or the default one where there is none.

    Raises:
        Problem: there is no such business.
    """
    desk = current()
    found = desk.tenants.get(name or desk.default_tenant)
    if found is None:
        raise Problem(404, "There is no such business. Send the name of its pack's folder, or leave it out.")
    return found
