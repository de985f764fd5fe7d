"""`GET /messages`, `POST /feedback` and `POST /close`: a customer's own conversation, and nobody else's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from punai.bootstrap import open_desk
from punai.desk import Desk
from punai.models import Answer, Card, Citation, Steps, Turn
from punai.settings import Settings
from punai.web import document
from punai.web.desk import use
from tests.web.conftest import PACK

DELIVERY = "When does an order arrive?"
THANKS = "thank you"


class Visitor:
    """Somebody with a token, who talks to the default business."""

    def __init__(self, http: httpx.Client, **business: str) -> None:
        self.http, self.business = http, business
        made = http.post("/session", json=business).json()
        self.id: str = made["user_id"]
        self.headers = {"Authorization": f"Bearer {made['token']}"}

    def say(self, message: str, **more: Any) -> Any:
        body = {"user_id": self.id, "message": message, "conversation_id": f"of {self.id}", **self.business}
        return self._done(self.http.post("/chat", json={**body, **more}, headers=self.headers))

    def read(self, **query: Any) -> Any:
        return self._done(self.http.get("/messages", params={**self.business, **query}, headers=self.headers))

    def post(self, path: str, **body: Any) -> httpx.Response:
        whose = {"user_id": self.id, "conversation_id": f"of {self.id}", **self.business}
        return self.http.post(path, json={**whose, **body}, headers=self.headers)

    def vote(self, value: str, message_id: str = "m1", **more: Any) -> Any:
        return self._done(self.post("/feedback", message_id=message_id, value=value, **more))

    def _done(self, response: httpx.Response) -> Any:
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def ann(http: httpx.Client) -> Visitor:
    return Visitor(http)


@pytest.fixture
def eve(http: httpx.Client) -> Visitor:
    return Visitor(http)


@pytest.fixture
def business(desk: Desk) -> str:
    return desk.default_tenant


def refusal(response: httpx.Response) -> tuple[int, list[str]]:
    """The status of a refusal, and the fields that it says are wrong."""
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, [each["field"] for each in response.json().get("errors", ())]


def test_a_customer_reads_what_was_said_oldest_first(ann: Visitor) -> None:
    answered = ann.say(DELIVERY, message_id="m1")
    ann.say(THANKS, message_id="m2")
    page = ann.read()
    assert (page["conversation_id"], page["status"], page["rating"]) == (f"of {ann.id}", "bot", None)
    assert not page["more"]
    said = [(each["message_id"], each["role"], each["text"]) for each in page["messages"]]
    assert said == [
        ("m1", "customer", DELIVERY),
        ("m1", "assistant", answered["reply"]),
        ("m2", "customer", THANKS),
        ("m2", "assistant", "You're welcome!"),
    ]
    customer, assistant = page["messages"][:2]
    same = ("blocks", "citations", "suggestions", "intent", "confidence", "answered_by")
    assert {name: assistant[name] for name in same} == {name: answered[name] for name in same}
    assert {customer[name] for name in ("agent", "intent", "confidence", "answered_by", "feedback")} == {None}
    assert customer["blocks"] == customer["citations"] == customer["suggestions"] == []
    assert customer["at"] <= assistant["at"]


def test_everything_in_an_answer_is_there(ann: Visitor, desk: Desk, business: str) -> None:
    ann.say(THANKS)
    answer = Answer(
        reply="Do this.",
        answered_by="model",
        citations=(Citation(title="Times", source="delivery.md", quote="three days"),),
        blocks=(Steps(items=("Open", "Look")), Card(title="Lamp", url="https://lamps.example")),
        suggestions=("And then?",),
    )
    turn = Turn(
        conversation_id=f"of {ann.id}", message_id="m9", user_id=ann.id, text="How?", at=desk._clock()
    )
    desk.store.record(desk.tenants[business], turn.model_copy(update={"answer": answer}))
    message = ann.read()["messages"][-1]
    assert message["citations"] == [{"title": "Times", "source": "delivery.md", "quote": "three days"}]
    assert [block["type"] for block in message["blocks"]] == ["steps", "card"]
    assert message["suggestions"] == ["And then?"]


def test_an_agents_words_come_with_the_name(ann: Visitor, desk: Desk, business: str) -> None:
    ann.say(DELIVERY)
    desk.take_over(business, f"of {ann.id}")
    ann.say("Hello?", message_id="m2")
    desk.reply_as_agent(business, f"of {ann.id}", "Ben here.", name="Ben", message_id="a1")
    page = ann.read()
    assert page["status"] == "human"
    kept, words = page["messages"][2:]
    assert (kept["role"], kept["text"]) == ("customer", "Hello?")
    assert (words["role"], words["agent"], words["text"]) == ("agent", "Ben", "Ben here.")


def test_a_long_conversation_is_read_page_by_page(ann: Visitor, desk: Desk, business: str) -> None:
    for number in range(7):
        ann.say(THANKS, message_id=f"m{number}")
    ids: list[str] = []
    page = ann.read(limit=3)
    while True:
        ids[:0] = [each["message_id"] for each in page["messages"] if each["role"] == "customer"]
        if not page["more"]:
            break
        page = ann.read(limit=3, before=ids[0], conversation_id=f"of {ann.id}")
    assert ids == [f"m{number}" for number in range(7)]


def test_without_a_name_the_last_conversation_is_read(ann: Visitor) -> None:
    ann.say(THANKS, conversation_id=f"{ann.id} 1")
    ann.say(THANKS, conversation_id=f"{ann.id} 2")
    assert ann.read()["conversation_id"] == f"{ann.id} 2"
    assert ann.read(conversation_id=f"{ann.id} 1")["conversation_id"] == f"{ann.id} 1"


def test_who_has_it_is_not_sent_it_again(ann: Visitor) -> None:
    ann.say(THANKS)
    first = ann.http.get("/messages", headers=ann.headers)
    known = {"If-None-Match": first.headers["ETag"]}
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = ann.http.get("/messages", headers={**ann.headers, **known})
    assert (again.status_code, again.content) == (304, b"")
    ann.say(THANKS)
    news = ann.http.get("/messages", headers={**ann.headers, **known})
    assert (news.status_code, len(news.json()["messages"])) == (200, 4)
    assert ann.http.get("/messages", headers=known).status_code == 401


def test_nobody_reads_without_a_token_or_anothers(ann: Visitor, eve: Visitor) -> None:
    ann.say(THANKS, message_id="m1")
    named = {"conversation_id": f"of {ann.id}"}
    for query in (named, {"business": "nobody"}, {}):
        assert refusal(ann.http.get("/messages", params=query)) == (401, [])
    for wrong in ("Bearer x", "Basic x", ""):
        headers = {"Authorization": wrong}
        assert refusal(ann.http.get("/messages", params=named, headers=headers)) == (401, [])
    for query in (named, {**named, "before": "m1"}, {**named, "before": "m2"}):
        assert refusal(eve.http.get("/messages", params=query, headers=eve.headers)) == (403, [])


def test_what_is_not_there_is_not_found(ann: Visitor) -> None:
    assert refusal(ann.http.get("/messages", headers=ann.headers)) == (404, [])
    ann.say(THANKS, message_id="m1")
    for query in ({"conversation_id": "nowhere"}, {"before": "m2"}, {"business": "nobody"}):
        response = ann.http.get("/messages", params=query, headers=ann.headers)
        assert refusal(response) == (404, []), query
        assert response.json()["detail"].startswith("There is no")
    for body in ({"conversation_id": "nowhere"}, {"message_id": "m2"}, {"business": "nobody"}):
        vote: dict[str, Any] = {"message_id": "m1", "value": "up", **body}
        assert refusal(ann.post("/feedback", **vote)) == (404, [])
    assert refusal(ann.post("/close", conversation_id="nowhere")) == (404, [])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(({"limit": limit}, "limit") for limit in ("0", "101", "-1", "1.0", "1_0", "x", "", "9" * 30)),
        ({"before": ""}, "before"),
        ({"conversation_id": "x" * 129}, "conversation_id"),
    ],
)
def test_a_query_that_does_not_fit_is_refused(ann: Visitor, query: dict[str, str], field: str) -> None:
    ann.say(THANKS)
    assert refusal(ann.http.get("/messages", params=query, headers=ann.headers)) == (400, [field])


def test_an_answer_is_voted_on_again_and_no_more(ann: Visitor) -> None:
    ann.say(THANKS, message_id="m1")
    ann.say(DELIVERY, message_id="m2")
    for value in ("up", "down", "down", "none", "none", "up"):
        assert ann.vote(value, comment="  Because \n ") == {
            "conversation_id": f"of {ann.id}",
            "message_id": "m1",
            "status": "bot",
            "escalation": False,
        }
        shown = [(each["role"], each["feedback"]) for each in ann.read()["messages"]]
        assert shown[1] == ("assistant", None if value == "none" else value)
        assert {feedback for _, feedback in (shown[0], *shown[2:])} == {None}


def test_a_comment_is_kept_with_the_vote(ann: Visitor, stored: Any) -> None:
    ann.say(THANKS, message_id="m1")
    ann.vote("down", comment=" Zu kurz 😀\n")
    [turn] = stored(ann.id)
    assert turn.feedback.comment == "Zu kurz 😀"
    ann.vote("down", comment=" ")
    assert stored(ann.id)[0].feedback.comment is None


def test_a_conversation_is_rated_when_it_is_over_too(ann: Visitor) -> None:
    ann.say(THANKS)
    for rating in (1, 5.0):
        done = ann.post("/feedback", rating=rating, comment="So").json()
        assert done == {
            "conversation_id": f"of {ann.id}",
            "message_id": None,
            "status": "bot",
            "escalation": False,
        }
        assert ann.read()["rating"] == rating
    assert ann.post("/close").json() == {"conversation_id": f"of {ann.id}", "status": "closed"}
    assert ann.post("/feedback", rating=3).json()["status"] == "closed"
    assert ann.read()["rating"] == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "rating"),
        ({"value": "up"}, "rating"),
        ({"comment": "Good"}, "rating"),
        ({"message_id": "m1"}, "value"),
        ({"message_id": "m1", "rating": 3}, "value"),
        ({"message_id": "m1", "value": "up", "rating": 3}, "rating"),
        ({"value": "up", "rating": 3}, "value"),
        ({"message_id": "m1", "value": "good"}, "value"),
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": "3"}, "rating"),
        ({"rating": 3.5}, "rating"),
        ({"rating": True}, "rating"),
        ({"rating": 3, "comment": "x" * 1001}, "comment"),
        ({"rating": 3, "comment": "nul \x00"}, "comment"),
        ({"rating": 3, "user_id": ""}, "user_id"),
    ],
)
def test_feedback_that_does_not_fit_is_refused(ann: Visitor, body: dict[str, Any], field: str) -> None:
    ann.say(THANKS, message_id="m1")
    assert refusal(ann.post("/feedback", **body)) == (400, [field])
    page = ann.read()
    assert (page["rating"], [each["feedback"] for each in page["messages"]]) == (None, [None, None])


def test_nobody_votes_or_ends_for_another(ann: Visitor, eve: Visitor) -> None:
    ann.say(THANKS, message_id="m1")
    anns = {"conversation_id": f"of {ann.id}"}
    for path, body in (
        ("/feedback", {"message_id": "m1", "value": "down"}),
        ("/feedback", {"rating": 1}),
        ("/close", {}),
    ):
        assert refusal(eve.post(path, **anns, **body))[0] == 403
        assert refusal(eve.post(path, user_id=ann.id, **anns, **body))[0] == 403
        whose = {"user_id": ann.id, **anns, **body}
        assert refusal(ann.http.post(path, json=whose))[0] == 401
    page = ann.read()
    assert (page["status"], page["rating"], page["messages"][1]["feedback"]) == ("bot", None, None)


def test_a_back_end_acts_for_its_customers_without_a_token(http: httpx.Client, stored: Any) -> None:
    whose = {"user_id": "zoë", "conversation_id": "zoë's"}
    http.post("/chat", json={**whose, "message": THANKS, "message_id": "m1"})
    vote = {**whose, "message_id": "m1", "value": "up"}
    assert http.post("/feedback", json=vote).status_code == 200
    assert http.post("/close", json=whose).json()["status"] == "closed"
    assert stored("zoë")[0].feedback.value == "up"


def test_the_customer_ends_a_conversation_and_the_next_message_starts_another(ann: Visitor) -> None:
    first = ann.say(THANKS, conversation_id=None)
    for _ in range(2):
        done = ann.post("/close", conversation_id=first["conversation_id"])
        assert (done.status_code, done.json()["status"]) == (200, "closed")
    assert ann.read()["status"] == "closed"
    assert ann.say(THANKS, conversation_id=None)["conversation_id"] != first["conversation_id"]


def test_who_asks_for_a_human_gets_one_whatever_the_message_says(
    ann: Visitor, desk: Desk, business: str
) -> None:
    answered = ann.say(THANKS, human=True)
    assert (answered["status"], answered["escalation"]) == ("waiting", True)
    assert answered["reply"] == desk.tenants[business].texts.handoff
    [reason] = [
        opened.reason for opened in desk.store.escalations(desk.tenants[business]) if opened.user_id == ann.id
    ]
    assert reason == "person_requested"
    assert refusal(ann.post("/chat", message=THANKS, human="yes")) == (400, ["human"])


@pytest.fixture
def strict(http: httpx.Client, tmp_path: Path) -> Iterator[Desk]:
    """A business that brings in a human after the first answer voted down."""
    (tmp_path / "lamps").mkdir()
    (tmp_path / "lamps" / "business.toml").write_text(f"{PACK}\n[settings.feedback]\nescalate_after = 1\n")
    store = f"sqlite:///{tmp_path / 'punai.db'}"
    desk = open_desk(Settings(store=store, model="local", plugins=tmp_path))
    desk.store.prepare()
    use(desk)
    yield desk
    desk.store.close()


def test_a_down_vote_that_brings_in_a_human_says_so_in_the_conversation(
    strict: Desk, http: httpx.Client
) -> None:
    ann = Visitor(http)
    ann.say(THANKS, message_id="m1")
    assert not ann.vote("up")["escalation"]
    done = ann.vote("down", comment="No")
    assert (done["status"], done["escalation"]) == ("waiting", True)
    page = ann.read()
    assert page["status"] == "waiting"
    assert [each["role"] for each in page["messages"]] == ["customer", "assistant", "assistant"]
    assert page["messages"][-1]["text"] == strict.tenants["lamps"].texts.handoff
    assert not ann.vote("down", comment="Still no")["escalation"]


def test_the_document_says_what_feedback_is_made_of() -> None:
    schema = document({"web"})["components"]["schemas"]["FeedbackRequest"]
    assert [choice["required"] for choice in schema["oneOf"]] == [["message_id", "value"], ["rating"]]
    assert {"type": "integer", "minimum": 1, "maximum": 5} in schema["properties"]["rating"]["anyOf"]
    operation = document({"web"})["paths"]["/messages"]["get"]
    limit = next(each for each in operation["parameters"] if each["name"] == "limit")
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 100}
    assert operation["security"] == [{"token": []}]
