"""Two hundred messages at once into one conversation: all are kept, each is answered, in one order."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from punai.bootstrap import open_desk
from punai.testing import OpenAIServer
from punai.web.local import running
from tests.faults.customers import FIRST, Message, Model, browser, ids
from tests.faults.servers import Place
from tests.house import MODEL, House, answer_of, tenant_of

MESSAGES = 200
SEED = 20260107


def test_two_hundred_messages_at_once_are_all_kept_and_answered(
    house: House,
    model: OpenAIServer,
    database: str,
    tell: Callable[[str, Mapping[str, object]], None],
) -> None:
    model.default = echo = Model(SEED)
    desk = open_desk(house.settings(store=database, model=MODEL))
    desk.store.prepare()
    together = threading.Barrier(MESSAGES)
    messages = [
        Message(f"m-{FIRST}-{n}", "ada", "c", f"qwertz m-{FIRST}-{n}") for n in range(FIRST, FIRST + MESSAGES)
    ]
    with running(desk, "127.0.0.1", 0) as address:
        place = Place(address)

        def send(message: Message) -> None:
            with browser() as http:
                together.wait(120)
                message.insist(place, http)

        with ThreadPoolExecutor(MESSAGES) as threads:
            list(threads.map(send, messages))
    once, again = (list(desk.store.turns_of(tenant_of(desk), "ada")) for _ in range(2))
    desk.store.close()
    kept = Counter(turn.message_id for turn in once)
    tell(
        f"{MESSAGES} messages at once on {desk.store.name}",
        {
            "kept": len(kept),
            "lost": MESSAGES - len(kept),
            "doubled": len(once) - len(kept),
            "model calls": echo.calls.total(),
        },
    )

    assert kept == Counter(message.id for message in messages)
    assert once == again
    assert {turn.conversation_id for turn in once} == {"c"}
    replies: dict[str, Any] = {message.id: message.replies[0]["reply"] for message in messages}
    for turn in once:
        assert answer_of(turn).reply == replies[turn.message_id]
        assert ids(replies[turn.message_id]) == [turn.message_id]
        assert 1 <= echo.calls[turn.message_id] <= turn.attempt
