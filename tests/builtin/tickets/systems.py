"""Ticket systems as their documentation describes them: who may, what they take, how they find a ticket."""

import base64
import re
from typing import Any
from urllib.parse import unquote

from tests.builtin.services import Answer, Request, texts

SECRET = "not-a-key-but-secret"
"""What signs in everywhere; it must never be seen in an error or the log."""
EMAIL = "bot@shop.example"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class System:
    """Tickets, and what was added to each, in order."""

    authorization = f"Bearer {SECRET}"

    def __init__(self) -> None:
        self.tickets: list[dict[str, Any]] = []
        self.added: dict[str, list[str]] = {}
        self.public: list[str] = []
        """What customers, or everybody, would see."""

    def __call__(self, request: Request) -> Answer:
        if request.headers.get("authorization") != self.authorization:
            return Answer(401, {"error": "Couldn't authenticate you", "message": request.raw.decode()})
        return self.answer(request)

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def keep(self, ticket: dict[str, Any]) -> str:
        self.tickets.append(ticket)
        number = str(len(self.tickets))
        self.added[number] = []
        return number

    def add(self, number: str, text: str) -> bool:
        if number not in self.added:
            return False
        self.added[number].append(text)
        return True

    def words(self) -> str:
        """Everything that is written down here."""
        return texts([*self.tickets, *self.added.values()])


class Zendesk(System):
    authorization = basic(f"{EMAIL}/token", SECRET)

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, tuple[bytes, str]] = {}

    def answer(self, request: Request) -> Answer:
        match request.method, request.path:
            case "GET", "/api/v2/users/me.json":
                return Answer(200, {"user": {"id": 1, "role": "agent"}})
            case "GET", "/api/v2/tickets.json":
                wanted = request.query.get("external_id")
                listed = [each for each in self.tickets if wanted in (None, each["external_id"])]
                return Answer(200, {"tickets": listed, "count": len(listed)})
            case "POST", "/api/v2/tickets.json":
                return self._create(request)
            case "GET", path if found := re.fullmatch(r"/api/v2/tickets/(\d+)\.json", path):
                return Answer(200, {"ticket": self.tickets[int(found[1]) - 1]})
            case "PUT", path if found := re.fullmatch(r"/api/v2/tickets/(\w+)\.json", path):
                return self._update(found[1], request.body["ticket"])
        return Answer(404, {"error": "InvalidEndpoint", "description": "Not found"})

    def _create(self, request: Request) -> Answer:
        key = request.headers.get("idempotency-key", "")
        if key in self.keys:
            raw, number = self.keys[key]
            if raw != request.raw:
                return Answer(400, {"error": "IdempotentRequestError", "description": "Request parameters"})
            ticket = self.tickets[int(number) - 1]
            return Answer(201, {"ticket": ticket}, {"x-idempotency-lookup": "hit"})
        ticket = request.body["ticket"]
        text = ticket["comment"]["html_body"]
        if len(text.encode()) > 65_536 or "\n" in ticket["subject"] or len(ticket["subject"]) > 150:
            return Answer(422, {"error": "RecordInvalid", "details": {"comment": [{"description": text}]}})
        if "requester" in ticket and not re.fullmatch(r"\S+@\S+\.\S+", ticket["requester"]["email"]):
            return Answer(422, {"error": "RecordInvalid", "details": {"requester": [{"description": "bad"}]}})
        if ticket["comment"].get("public", True):
            self.public.append(text)
        ticket["id"] = int(self.keep(ticket))
        self.keys[key] = (request.raw, str(ticket["id"]))
        return Answer(201, {"ticket": ticket}, {"x-idempotency-lookup": "miss"})

    def _update(self, number: str, update: dict[str, Any]) -> Answer:
        text = update["comment"]["html_body"]
        closed = number in self.added and self.tickets[int(number) - 1].get("status") == "closed"
        if closed or len(text.encode()) > 65_536:
            return Answer(422, {"error": "RecordInvalid"})
        if update["comment"].get("public", True):
            self.public.append(text)
        if not self.add(number, text):
            return Answer(404, {"error": "RecordNotFound", "description": "Not found"})
        return Answer(200, {"ticket": {"id": int(number)}})


class Freshdesk(System):
    authorization = basic(SECRET, "X")

    def answer(self, request: Request) -> Answer:
        match request.method, request.path:
            case "GET", "/api/v2/agents/me":
                return Answer(200, {"id": 1})
            case "GET", "/api/v2/search/tickets":
                query = request.query["query"]
                if not (found := re.fullmatch(r"\"tag:'([^']{1,32})'\"", query)):
                    return Answer(400, {"description": "Validation failed", "errors": [{"field": "query"}]})
                results = [each for each in self.tickets if found[1] in each["tags"]]
                return Answer(200, {"total": len(results), "results": results})
            case "POST", "/api/v2/tickets":
                return self._create(request.body)
            case "POST", path if found := re.fullmatch(r"/api/v2/tickets/(\w+)/notes", path):
                if not request.body.get("private"):
                    self.public.append(request.body["body"])
                made = self.add(found[1], request.body["body"])
                return Answer(201, {"id": 1}) if made else Answer(404)
        return Answer(404)

    def _create(self, ticket: dict[str, Any]) -> Answer:
        wrong = [
            {"field": name, "message": f"It should not be {ticket.get(name)}", "code": "invalid_value"}
            for name, fine in {
                "email": "email" not in ticket or re.fullmatch(r"\S+@\S+\.\S+", ticket["email"]),
                "requester_id": "email" in ticket or ticket.get("unique_external_id"),
                "tags": all(len(tag) <= 32 for tag in ticket["tags"]),
                "subject": "\n" not in ticket["subject"] and len(ticket["subject"]) <= 255,
                "status": ticket["status"] in (2, 3, 4, 5),
                "description": ticket["description"],
            }.items()
            if not fine
        ]
        if wrong:
            return Answer(400, {"description": "Validation failed", "errors": wrong})
        ticket["id"] = int(self.keep(ticket))
        return Answer(201, ticket)


class Jira(System):
    authorization = basic(EMAIL, SECRET)

    def answer(self, request: Request) -> Answer:
        path = request.path
        match request.method, path:
            case "GET", "/rest/servicedeskapi/servicedesk/3/requesttype/14":
                return Answer(200, {"id": "14", "name": "Ask a person"})
            case "GET", "/rest/api/3/search/jql":
                word = re.search(r'description ~ "\\"([\w-]+)\\""', request.query["jql"])
                if not word:
                    return Answer(400, {"errorMessages": ["Error in the JQL Query"], "errors": {}})
                issues = [each for each in self.tickets if word[1] in str(each["fields"])]
                return Answer(200, {"issues": issues, "isLast": True})
            case "POST", "/rest/servicedeskapi/request":
                return self._create(request.body)
            case "POST", _ if found := re.fullmatch(r"/rest/servicedeskapi/request/SUP-(\w+)/comment", path):
                if len(request.body["body"]) > 32_767:
                    return Answer(400, {"errorMessage": "too long"})
                if request.body.get("public", True):
                    self.public.append(request.body["body"])
                return Answer(201, {"id": "1"}) if self.add(found[1], request.body["body"]) else Answer(404)
        return Answer(404, {"errorMessage": "The request does not exist", "i18nErrorMessage": {}})

    def _create(self, request: dict[str, Any]) -> Answer:
        if (request["serviceDeskId"], request["requestTypeId"]) != ("3", "14"):
            return Answer(404, {"errorMessage": "no such request type"})
        fields = request["requestFieldValues"]
        text = fields["description"]
        # Jira counts as Java does.
        too_long = len(text.encode("utf-16-le")) // 2 > 32_767 or len(fields["summary"]) > 255
        if too_long or "\n" in fields["summary"]:
            return Answer(400, {"errorMessage": text, "errors": {"description": text}})
        key = f"SUP-{len(self.tickets) + 1}"
        lines = [
            {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in text.splitlines()
        ]
        self.keep({"key": key, "fields": {"summary": fields["summary"], "description": {"content": lines}}})
        return Answer(201, {"issueId": "1", "issueKey": key, "_links": {"web": "https://jira.example"}})


class HubSpot(System):
    def answer(self, request: Request) -> Answer:
        body = request.body
        match request.method, unquote(request.path):
            case "GET", "/crm/v3/pipelines/tickets/0/stages":
                return Answer(200, {"results": [{"id": "1", "label": "New"}]})
            case "POST", "/crm/v3/objects/tickets/search":
                [wanted] = body["filterGroups"][0]["filters"]
                found = [each for each in self.tickets if wanted["value"] in each["properties"]["content"]]
                return Answer(200, {"total": len(found), "results": found})
            case "POST", "/crm/v3/objects/tickets":
                properties = body["properties"]
                if properties["hs_pipeline_stage"] != "1" or len(properties["content"]) > 65_536:
                    return Answer(
                        400, {"status": "error", "message": str(body), "category": "VALIDATION_ERROR"}
                    )
                ticket: dict[str, Any] = {"properties": properties}
                ticket["id"] = self.keep(ticket)
                return Answer(201, ticket)
            case "POST", "/crm/v3/objects/notes":
                [link] = body["associations"]
                text = body["properties"]["hs_note_body"]
                kinds = [each["associationTypeId"] for each in link["types"]]
                if len(text) > 65_536 or kinds != [228] or not body["properties"]["hs_timestamp"].isdigit():
                    return Answer(400, {"status": "error", "message": text})
                return Answer(201, {"id": "9"}) if self.add(link["to"]["id"], text) else Answer(404)
        return Answer(404, {"status": "error", "message": "resource not found"})


class GitHub(System):
    def __init__(self) -> None:
        super().__init__()
        self.private = True

    def answer(self, request: Request) -> Answer:
        body = request.body
        match request.method, request.path:
            case "GET", "/repos/shop/support":
                return Answer(200, {"full_name": "shop/support", "private": self.private})
            case "GET", "/repos/shop/support/issues":
                return Answer(200, list(reversed(self.tickets)))
            case "POST", "/repos/shop/support/issues":
                if len(body["body"]) > 65_536 or len(body["title"]) > 256 or "\n" in body["title"]:
                    errors = [
                        {"resource": "Issue", "code": "custom", "field": "body", "message": body["body"]}
                    ]
                    return Answer(422, {"message": "Validation Failed", "errors": errors})
                number = self.keep(body)
                link = f"https://github.example/shop/support/issues/{number}"
                body |= {"number": int(number), "html_url": link}
                return Answer(201, body)
            case "POST", path if found := re.fullmatch(r"/repos/shop/support/issues/(\w+)/comments", path):
                if len(body["body"]) > 65_536:
                    return Answer(422, {"message": "Validation Failed"})
                return Answer(201, {"id": 1}) if self.add(found[1], body["body"]) else Answer(410)
        return Answer(404, {"message": "Not Found"})
