"""A model that fails in every way, over HTTP: an answer in time all the same, and one call for help."""

import time
from collections import Counter
from collections.abc import Callable, Mapping

import httpx

from punai.testing import Failure, OpenAIServer
from punai.web.local import running
from tests.house import MODEL, UNCLEAR, UNDOCUMENTED, House, escalations_of, tenant_of
from tests.test_walls import BAD_ANSWERS, BROKEN

DEADLINE = 12.0
"""Seconds that a customer waits at most: API Gateway gives 29."""

FAULTS = BAD_ANSWERS | {"slow, and then in pieces": Failure.trickle(30)}
MESSAGES = (UNDOCUMENTED, *UNCLEAR[:2])


def test_customers_are_answered_in_time_and_an_outage_is_told_once(
    house: House,
    model: OpenAIServer,
    tell: Callable[[str, Mapping[str, object]], None],
) -> None:
    desk = house.open(model=MODEL, model_timeout=0.5)
    slowest, statuses = 0.0, Counter[int]()
    with running(desk, "127.0.0.1", 0) as address, httpx.Client(base_url=address, timeout=60) as http:
        for number, fault in enumerate(FAULTS):
            model.default = FAULTS[fault]
            for position, text in enumerate(MESSAGES):
                started = time.monotonic()
                named = {"conversation_id": f"c{number}", "message_id": f"m-{number}-{position}"}
                response = http.post("/chat", json={"user_id": f"u{number}", "message": text, **named})
                slowest = max(slowest, time.monotonic() - started)
                statuses[response.status_code] += 1
                assert response.status_code == 200, (fault, response.text)
                assert response.json()["reply"].strip(), fault
                assert BROKEN not in response.text
            stored = desk.store.conversation(tenant_of(desk), f"c{number}", history=10)
            assert stored
            assert [turn.text for turn in stored.turns] == list(MESSAGES)
            assert all(turn.answer and turn.answer.reply for turn in stored.turns)
    escalations = escalations_of(desk)
    tell(
        f"{len(FAULTS)} ways of a model to fail",
        {
            "messages": statuses.total(),
            "answered": statuses[200],
            "escalations": len(escalations),
            "seconds at most": round(slowest, 1),
        },
    )
    assert slowest < DEADLINE
    assert model.calls == statuses.total()
    assert Counter(each.conversation_id for each in escalations) == Counter(
        f"c{number}" for number in range(len(FAULTS))
    )
    assert {each.reason for each in escalations} == {"outage"}
