"""Every handler that speaks HTTP, set up in a real house with a real database against the local server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from punai.desk import Desk
from punai.models import Delivery
from tests.builtin.receivers import (
    ROUTING_KEY,
    WEBHOOK_SECRET,
    Opsgenie,
    PagerDuty,
    SignedReceiver,
    SlackBot,
)
from tests.builtin.services import Services, running
from tests.builtin.tickets.systems import EMAIL, SECRET, Freshdesk, GitHub, HubSpot, Jira, Zendesk
from tests.house import TEASHOP, House, escalations_of

SETTINGS: dict[str, dict[str, str]] = {
    "zendesk": {"url": "{url}", "email": EMAIL, "api_token": "env:THE_SECRET"},
    "freshdesk": {"url": "{url}", "api_key": "env:THE_SECRET"},
    "jira": {
        "url": "{url}",
        "email": EMAIL,
        "api_token": "env:THE_SECRET",
        "service_desk_id": "3",
        "request_type_id": "14",
    },
    "hubspot": {"url": "{url}", "access_token": "env:THE_SECRET", "portal_id": "77"},
    "github": {"url": "{url}", "token": "env:THE_SECRET", "repository": "shop/support"},
    "slack": {"api_url": "{url}", "bot_token": "env:THE_SECRET", "channel": "#support"},
    "webhook": {"url": "{url}/hook", "secret": "env:THE_SIGNING_SECRET"},
    "pagerduty": {"url": "{url}", "routing_key": "env:THE_ROUTING_KEY"},
    "opsgenie": {"url": "{url}", "api_key": "env:THE_SECRET"},
}
"""What a business sets for each handler; `{url}` is where its service is."""

SLACK_WEBHOOK = {"webhook_url": f"{{url}}/services/{SECRET}"}

SECRETS = (SECRET, WEBHOOK_SECRET, ROUTING_KEY)

FAKES: dict[str, Callable[[], Any]] = {
    "zendesk": Zendesk,
    "freshdesk": Freshdesk,
    "jira": Jira,
    "hubspot": HubSpot,
    "github": GitHub,
    "slack": SlackBot,
    "webhook": SignedReceiver,
    "pagerduty": PagerDuty,
    "opsgenie": Opsgenie,
}
TICKETS = ("zendesk", "freshdesk", "jira", "hubspot", "github")


class Town:
    """The services, and a house that escalates to some of them."""

    def __init__(self, house: House, services: Services, fakes: dict[str, Any]) -> None:
        self.house, self.services, self.fakes = house, services, fakes

    def open(self, *handlers: str, **changed: dict[str, str]) -> Desk:
        """A desk whose business escalates to these; settings of a handler may be others."""
        lines = [f"escalate_to = {list(handlers)}".replace("'", '"'), TEASHOP]
        for name in handlers:
            lines.append(f"[settings.{name}]")
            for key, value in changed.get(name, SETTINGS[name]).items():
                lines.append(f'{key} = "{value.replace("{url}", self.services.at(name))}"')
        self.house.write_pack(text="\n".join(lines))
        return self.house.open()


@contextmanager
def town(house: House, environment: Any, slack: Callable[[], Any] = SlackBot) -> Iterator[Town]:
    """Every service, running, and the secrets where the settings look for them."""
    environment.setenv("THE_SECRET", SECRET)
    environment.setenv("THE_SIGNING_SECRET", WEBHOOK_SECRET)
    environment.setenv("THE_ROUTING_KEY", ROUTING_KEY)
    fakes = {name: make() for name, make in FAKES.items()} | {"slack": slack()}
    with running(**fakes) as services:
        yield Town(house, services, fakes)


def deliveries(desk: Desk) -> dict[str, Delivery]:
    """How far each handler got with the only escalation."""
    (found,) = escalations_of(desk)
    return {delivery.handler: delivery for delivery in found.deliveries}
