"""A store that fails in the middle of a turn: 503 and when to retry, nothing half-written, one exchange."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from punai import Escalation, Tenant, Turn, outbox
from punai.desk import Desk
from punai.ports import StoreUnavailable
from punai.reception import LEASE
from punai.web.local import running
from tests.faults.faulty import REFUSALS, Breakdown, break_dynamodb, break_methods, break_sqlite
from tests.faults.sinks import open_with
from tests.house import DOCUMENTED, House, answer_of, escalations_of, say, status_of, turns_of

PERSON = "I want to talk to a person"
Tell = Callable[[str, Mapping[str, object]], None]


@pytest.fixture
def desk(house: House, database: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    # Neither the store nor boto3 makes these tests wait for a database that comes back only afterwards.
    monkeypatch.setattr("punai.builtin.dynamodb.connection.PATIENCE", 0.0)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    house.clock.now = datetime.now(UTC)  # what DynamoDB keeps for 90 days is gone by a clock of long ago
    desk = house.open(store=database)
    desk.store.prepare()
    return desk


@contextmanager
def client(desk: Desk) -> Iterator[httpx.Client]:
    with running(desk, "127.0.0.1", 0) as address, httpx.Client(base_url=address, timeout=60) as http:
        yield http


def chat(http: httpx.Client, text: str, conversation: str) -> httpx.Response:
    named = {"user_id": "ada", "conversation_id": conversation, "message_id": f"to {text}"}
    return http.post("/chat", json={"message": text, **named})


def begin(http: httpx.Client, text: str, conversation: str) -> None:
    """A person is asked for in a conversation that is there, the other question starts one."""
    if text == PERSON:
        assert chat(http, "hi", conversation).status_code == 200


def assert_nothing_is_half_written(desk: Desk, conversation: str) -> None:
    """There are no words, or words that wait for their answer, or all that comes with an answer."""
    found = desk.store.conversation(desk.tenants["teashop"], conversation, history=10)
    escalated = [each for each in escalations_of(desk) if each.conversation_id == conversation]
    answers = [turn.answer for turn in found.turns if turn.text != "hi"] if found else []
    assert len(answers) <= 1
    promised = [answer for answer in answers if answer and answer.escalation]
    assert len(escalated) == len(promised)
    assert all(each.deliveries for each in escalated)
    if found:
        assert found.status == ("waiting" if promised else "bot")


def assert_retry_succeeds_once(
    house: House, desk: Desk, http: httpx.Client, text: str, conversation: str
) -> None:
    house.clock.now += LEASE
    replies = [chat(http, text, conversation) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert replies[0].json() == replies[1].json()
    [turn] = [turn for turn in turns_of(desk, conversation) if turn.text != "hi"]
    assert (turn.text, answer_of(turn).reply) == (text, replies[0].json()["reply"])
    assert_nothing_is_half_written(desk, conversation)
    assert status_of(desk, conversation) == ("waiting" if text == PERSON else "bot")


def fail_everywhere(
    house: House, desk: Desk, breakdown: Breakdown, text: str, *, length: int = 1_000_000
) -> Iterator[str]:
    """Break down at each call of a turn in turn, and see what the customer and the store make of it."""
    with client(desk) as http:
        for conversation in ("first", "whole"):  # the first has connections opened
            begin(http, text, conversation)
            breakdown.end()
            assert chat(http, text, conversation).status_code == 200
        for position, call in enumerate(list(breakdown.calls)):
            conversation = f"c{position}"
            begin(http, text, conversation)
            breakdown.begin(position, length)
            refused = chat(http, text, conversation)
            breakdown.end()
            assert refused.status_code == 503, (call, position, refused.text)
            assert int(refused.headers["Retry-After"]) > 0
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert_nothing_is_half_written(desk, conversation)
            assert_retry_succeeds_once(house, desk, http, text, conversation)
            yield call


@pytest.mark.parametrize("text", [DOCUMENTED, PERSON])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_store_that_fails_once(house: House, desk: Desk, text: str, when: str) -> None:
    breakdowns = {"before": Breakdown(), "after": Breakdown()}
    break_methods(desk.store, **breakdowns)
    failed = list(fail_everywhere(house, desk, breakdowns[when], text, length=1))
    assert failed == ["accept", "complete"]


@pytest.mark.parametrize("text", [DOCUMENTED, PERSON])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_that_fails_at_any_statement(
    house: House, desk: Desk, text: str, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    breakdown = Breakdown()
    break_sqlite(breakdown, monkeypatch)
    desk.store.close()  # the next connections are breakable ones
    failed = list(fail_everywhere(house, desk, breakdown, text))
    assert failed.count("COMMIT") == 2
    tell("SQLite away from each statement of a turn on", {"statements": len(failed), "turns lost": 0})


@pytest.mark.parametrize("text", [DOCUMENTED, PERSON])
@pytest.mark.parametrize("how", ["unreachable", *REFUSALS])
@pytest.mark.parametrize("database", ["dynamodb"], indirect=True)
def test_dynamodb_that_fails_at_any_request(house: House, desk: Any, text: str, how: str, tell: Tell) -> None:
    breakdown = Breakdown()
    break_dynamodb(desk.store.table.connection.client, breakdown, how)
    failed = list(fail_everywhere(house, desk, breakdown, text))
    assert "TransactWriteItems" in failed
    tell(f"DynamoDB {how} from each request of a turn on", {"requests": len(failed), "turns lost": 0})


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_escalation_outlives_a_store_that_fails_while_it_is_told(
    house: House, desk: Desk, database: str, when: str
) -> None:
    told: list[str] = []

    def ring(escalation: Escalation, tenant: Tenant) -> str:
        told.append(escalation.id)
        return "rung"

    desk = open_with(house, {"bell": ring}, store=database)
    desk.store.prepare()
    breakdowns = {"before": Breakdown(), "after": Breakdown()}
    break_methods(desk.store, **breakdowns)
    say(desk, PERSON, conversation_id="whole")
    breakdowns[when].end()
    assert desk.deliver_due() == 1
    calls = list(breakdowns[when].calls)
    assert calls == ["claim_deliveries", "conversation", "record_delivery"]

    for position, call in enumerate(calls):
        told.clear()
        say(desk, PERSON, conversation_id=f"c{position}")
        breakdowns[when].begin(position)
        with suppress(StoreUnavailable):
            desk.deliver_due()
        breakdowns[when].end()
        house.clock.now += outbox.LEASE
        desk.deliver_due()
        assert {delivery.status for each in escalations_of(desk) for delivery in each.deliveries} == {
            "delivered"
        }
        # Only what was told and could not be recorded is told again, under the same id.
        assert len(told) == (2 if (call, when) == ("record_delivery", "before") else 1)
        assert len(set(told)) == 1


def test_a_conversation_that_changes_hands_while_it_is_answered(house: House, desk: Desk) -> None:
    complete, hands = desk.store.complete, [desk.take_over, desk.hand_back, desk.take_over, desk.hand_back]

    def interrupted(*args: Any, **kwargs: Any) -> Turn:
        if hands:
            hands.pop(0)("teashop", "c")
        return complete(*args, **kwargs)

    vars(desk.store)["complete"] = interrupted
    with client(desk) as http:
        replies = [chat(http, DOCUMENTED, "c") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert replies[0].json() == replies[1].json()
    assert "Green tea" in replies[0].json()["reply"]
    assert (len(turns_of(desk)), status_of(desk), hands) == (1, "bot", [])
