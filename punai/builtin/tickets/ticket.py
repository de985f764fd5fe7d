"""What every ticket system is asked for, and the one handler that asks it: one ticket for each escalation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from punai import Escalation, Tenant
from punai.builtin import handoff
from punai.builtin.service import Section, ServiceError

LATEST = 6.5
"""Seconds after which no ticket is opened, as that takes two calls. What is cut off after 15 seconds goes on
unseen: the next attempt would not find that ticket yet, and open another."""


class TicketSystem(Protocol):
    """A ticket system, as one business has it. Every method raises `ServiceError` where it is refused.

    A reference is the ticket's number or id, and where it has one a link after a space.
    """

    def look(self) -> str:
        """A question that changes nothing: how it is, in a few words."""

    def find(self, escalation: Escalation) -> str | None:
        """The ticket that was opened for this escalation already, when nobody could store its reference."""

    def open(self, escalation: Escalation) -> str:
        """A new ticket, with the escalation's id as the key by which it is made once, or its marker in it."""

    def append(self, number: str, escalation: Escalation) -> None:
        """Words for those who have the ticket, not for the customer."""


@dataclass(frozen=True, slots=True)
class Tickets:
    """The handler for one ticket system. `connect` reads its settings, and calls nothing."""

    section: str
    connect: Callable[[Section, Tenant], TicketSystem]

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        """Open a ticket, or append to the one that is there; the reference is its number and its link.

        An attempt whose outcome was lost finds its ticket again and appends to it:
        there is one, whatever happens, and what the customer wrote meanwhile is in it.

        Raises:
            LookupError: a setting is missing or wrong.
            ServiceError: the system refused, or did not answer in time.
        """
        begun = time.monotonic()
        system = self.connect(Section(tenant, self.section), tenant)
        where = escalation.reference or system.find(escalation)
        while where:
            if _appended(system, where, escalation):
                return where
            # Removed or closed, and the customer still waits: another follows, under a key of its own.
            number = where.partition(" ")[0]
            escalation = escalation.model_copy(update={"id": f"{escalation.id}-{number}", "reference": None})
            where = system.find(escalation)
        if time.monotonic() - begun > LATEST:
            raise ServiceError(
                f"{self.section} answers so slowly that no ticket was opened; it is tried again"
            )
        return system.open(escalation)

    def configured(self, tenant: Tenant) -> None:
        """Whether its settings are there. See `punai.ports.Configurable`."""
        section = Section(tenant, self.section, follow=False)
        self.connect(section, tenant)
        _customer_link(section)

    def for_customer(self, reference: str, tenant: Tenant) -> str:
        """The ticket's number, and a link where customers may open it. See `punai.ports.Quotable`."""
        number = reference.partition(" ")[0]
        link = _customer_link(Section(tenant, self.section)).replace("{number}", number)
        return f"{number} ({link})" if link else number

    def check(self, tenant: Tenant) -> str:
        """How it is, asked of the system itself. See `punai.ports.Checkable`."""
        return self.connect(Section(tenant, self.section), tenant).look()


def _customer_link(section: Section) -> str:
    """Where customers may open their ticket; the link in the reference is for staff."""
    if not section.has("customer_link"):
        return ""
    link = section.address("customer_link")
    if link and "{number}" not in link:
        raise section.wrong("customer_link", "needs {number} where the ticket's number stands in it")
    return link


def _appended(system: TicketSystem, reference: str, escalation: Escalation) -> bool:
    """Whether the ticket is there and now holds what is new."""
    told = handoff.addition(escalation.model_copy(update={"reference": reference}))
    try:
        system.append(reference.partition(" ")[0], told)
    except ServiceError as error:
        if error.status not in (404, 410):
            raise
        return False
    return True
