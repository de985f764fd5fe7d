"""Issues in a private repository on GitHub (https://docs.github.com/en/rest/issues/issues)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from punai import Escalation, Tenant
from punai.builtin import handoff
from punai.builtin.service import Section, Service

API = "https://api.github.com"
BODY_LIMIT = 60_000
"""A body takes 65,536 characters."""
LOOKED_AT = "100"
"""How many issues since the escalation are looked through: one page, the most that there is."""

HINTS = {
    401: "check token: it may have expired",
    403: "the token needs the permission to read and write issues of the repository",
    404: "check repository, as in OWNER/NAME, and that the token may see it",
    410: "the repository has its issues turned off, or the issue was deleted",
}


def connect(section: Section, tenant: Tenant) -> "GitHub":
    """GitHub, as `[settings.github]` says."""
    token = section.matching("token", r"[\x21-\x7e]+", "a personal access token")
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    service = Service("GitHub", "github", section.address("url", API), headers=headers, hints=HINTS)
    repository = section.matching("repository", r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}", "OWNER/NAME")
    return GitHub(service, f"/repos/{repository}", tenant)


@dataclass(frozen=True, slots=True)
class GitHub:
    """See `TicketSystem`. GitHub takes no key: a marker is looked for before an issue is made."""

    service: Service
    path: str
    tenant: Tenant

    def look(self) -> str:
        """Whether the repository is there and private: issues hold what customers wrote.

        Raises:
            ServiceError: all the world may read it, or GitHub does not show it.
        """
        if self.service.get(self.path).get("private") is not True:
            raise self.service.error("shows the repository to everybody: make it private, or take another")
        return "a private repository"

    def find(self, escalation: Escalation) -> str | None:
        """Among the issues since the escalation: unlike a search, this list is up to date."""
        since = f"{escalation.at:%Y-%m-%dT%H:%M:%SZ}"
        asked = {"state": "all", "since": since, "sort": "created", "per_page": LOOKED_AT}
        for issue in self.service.rows(self.service.call("GET", f"{self.path}/issues", params=asked)):
            if handoff.marker(escalation) in str(issue.get("body")).splitlines()[-1:]:
                return self._reference(issue)
        return None

    def open(self, escalation: Escalation) -> str:
        """An issue, where nobody but those who work there can read it."""
        self.look()
        body = handoff.markdown(escalation, self.tenant, BODY_LIMIT)
        issue = {
            "title": handoff.subject(escalation, self.tenant, 200),
            "body": f"{body}\n{handoff.marker(escalation)}",
        }
        return self._reference(self.service.post(f"{self.path}/issues", issue))

    def append(self, number: str, escalation: Escalation) -> None:
        """A comment, where nobody but those who work there can read it by now."""
        self.look()
        comment = {"body": handoff.markdown(escalation, self.tenant, BODY_LIMIT)}
        self.service.post(f"{self.path}/issues/{quote(number, safe='')}/comments", comment)

    def _reference(self, issue: dict[str, Any]) -> str:
        number, link = self.service.identified(issue, "number"), str(issue.get("html_url", ""))
        return f"{number} {link}" if link.startswith("https://") and " " not in link else number
