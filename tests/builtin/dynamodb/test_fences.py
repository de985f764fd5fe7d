"""An answer and a takeover, in every order in which their calls can reach DynamoDB."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from threading import Semaphore, Thread
from typing import Any
from uuid import uuid4

import pytest

from punai import Tenant, Turn
from punai.builtin.dynamodb import fences
from punai.builtin.dynamodb.store import DynamoDBStore
from punai.builtin.dynamodb.table import Table
from punai.models import Conversation
from punai.ports import StatusChanged, TurnLost
from punai.testing.store_contract.basis import LEASE, NOW, accept, exchange, message, reply, said_elsewhere

SHOP = Tenant(id="shop", name="Shop")
WAIT = 30  # seconds


class Actor:
    """Somebody whose calls to DynamoDB wait until each is let through."""

    def __init__(self, store: DynamoDBStore) -> None:
        self.store, self.done = store, True
        self._let_through, self._arrived, self._killed = Semaphore(0), Semaphore(0), False
        store.table.connection.client.meta.events.register("before-send.dynamodb", self._wait)

    def begin(self, action: Callable[[DynamoDBStore], object]) -> None:
        """Act, up to the first call."""
        self.done = self._killed = False

        def act() -> None:
            try:
                action(self.store)
            except SystemExit:
                pass
            finally:
                self.done = True
                self._arrived.release()

        Thread(target=act, daemon=True).start()
        assert self._arrived.acquire(timeout=WAIT)

    def step(self) -> None:
        """Let one call through, and go on up to the next one."""
        if not self.done:
            self._let_through.release()
            assert self._arrived.acquire(timeout=WAIT)

    def finish(self) -> None:
        """Let everything through."""
        while not self.done:
            self.step()

    def die(self) -> None:
        """The end, before the next call."""
        self._killed = True
        self.step()

    def _wait(self, **_: Any) -> None:
        self._arrived.release()
        assert self._let_through.acquire(timeout=WAIT)
        if self._killed:
            raise SystemExit


class Answering:
    """The bot at work on a message: takes it in, and answers it as long as it has the conversation."""

    def __init__(self, conversation: str) -> None:
        self.conversation, self.outcome = conversation, ""

    def take_in(self, store: DynamoDBStore) -> None:
        self.turn = accept(store, SHOP, message("Hello?", conversation=self.conversation, id="m1")).turn

    def answer(self, store: DynamoDBStore) -> None:
        try:
            store.complete(SHOP, self.turn, reply("A bot's words."), expect="bot", now=NOW)
            self.outcome = "answered"
        except (StatusChanged, TurnLost) as refused:
            self.outcome = type(refused).__name__

    def do_both(self, store: DynamoDBStore) -> None:
        self.take_in(store)
        self.answer(store)


@pytest.fixture(scope="module")
def stores(request: pytest.FixtureRequest) -> Iterator[list[DynamoDBStore]]:
    """The same table three times, each with a client of its own."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", request.getfixturevalue("moto_server"))
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        environment.setenv("AWS_ACCESS_KEY_ID", "nobody")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        name = f"punai-{uuid4().hex}"
        opened = [DynamoDBStore(Table(name)) for _ in range(3)]
        assert all(store.table.connection.client for store in opened)  # made while the environment is so
        yield opened
        for store in opened:
            store.close()


@pytest.fixture(scope="module")
def bot(stores: list[DynamoDBStore]) -> Actor:
    return Actor(stores[0])


@pytest.fixture(scope="module")
def human(stores: list[DynamoDBStore]) -> Actor:
    return Actor(stores[1])


@pytest.fixture
def store(stores: list[DynamoDBStore]) -> Iterator[DynamoDBStore]:
    """The eyes of the test, and an empty table."""
    eyes = stores[2]
    eyes.prepare()
    yield eyes
    eyes.table.connection.call("delete_table", TableName=eyes.table.name)


@pytest.fixture(params=["recent", "old"])
def age(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How long ago the turn came in: that decides in which index a takeover finds it."""
    if request.param == "old":
        monkeypatch.setattr(fences, "RECENT", 0)
    return str(request.param)


def orders(ours: int, theirs: int) -> Iterator[list[bool]]:
    """Every order of so many calls of two actors; True stands for the first one's."""
    for chosen in combinations(range(ours + theirs), ours):
        yield [position in chosen for position in range(ours + theirs)]


def started(store: DynamoDBStore) -> str:
    """A conversation in which something was said."""
    conversation = uuid4().hex
    exchange(store, SHOP, message(conversation=conversation, id="m0"))
    return conversation


def take_over(store: DynamoDBStore, conversation: str) -> None:
    store.change_status(SHOP, conversation, expect=["bot"], to="human")


def read(store: DynamoDBStore, conversation: str) -> Conversation:
    found = store.conversation(SHOP, conversation, history=5)
    assert found is not None
    return found


def test_no_bots_words_come_after_a_takeover_in_whatever_order_their_calls_arrive(
    bot: Actor, human: Actor, store: DynamoDBStore, age: str
) -> None:
    outcomes = set()
    for order in orders(3, 4):
        answering = Answering(started(store))
        when_taken: list[Turn | None] = []

        def take_over_and_look(own: DynamoDBStore, conversation: str, seen: list[Turn | None]) -> None:
            take_over(own, conversation)
            seen.append(store.turn(SHOP, conversation, "m1"))

        bot.begin(answering.do_both)
        human.begin(partial(take_over_and_look, conversation=answering.conversation, seen=when_taken))
        bot.step()  # it has read the conversation; left are to write the words, read the state, answer
        human.step()  # who has read the state; left are to write it, to ask two indexes, and the fence
        for is_bots in order:
            (bot if is_bots else human).step()
        human.finish()
        bot.finish()
        after = read(store, answering.conversation)
        answer = after.turns[-1].answer
        assert (after.status, after.turns[-1].message_id) == ("human", "m1")
        assert (answer is not None) == (answering.outcome == "answered")
        if answer:  # then it was there before the human was told to have the conversation
            assert when_taken[0] is not None
            assert when_taken[0].answer == answer
        outcomes.add(answering.outcome)
    assert outcomes == {"answered", "StatusChanged"}


def test_an_answer_that_outlasts_a_takeover_is_stored_once_the_bot_is_back(
    bot: Actor, human: Actor, store: DynamoDBStore
) -> None:
    def come_and_go(own: DynamoDBStore, conversation: str) -> None:
        take_over(own, conversation)
        own.change_status(SHOP, conversation, expect=["human"], to="bot")

    for let_through in range(11):
        answering = Answering(started(store))
        answering.take_in(store)
        bot.begin(answering.answer)
        bot.step()  # it has seen a bot's conversation
        human.begin(partial(come_and_go, conversation=answering.conversation))
        for _ in range(let_through):
            human.step()
        bot.finish()
        human.finish()
        after = read(store, answering.conversation)
        assert after.status == "bot"
        # A human had it, and was told so, from the fifth call on until the seventh gave it back.
        assert answering.outcome == ("StatusChanged" if let_through in (5, 6) else "answered")
        assert (after.turns[-1].answer is not None) == (answering.outcome == "answered")


def test_a_takeover_that_died_halfway_is_ended_by_the_next(
    bot: Actor, human: Actor, store: DynamoDBStore
) -> None:
    answering = Answering(started(store))
    answering.take_in(store)
    bot.begin(answering.answer)
    bot.step()
    human.begin(partial(take_over, conversation=answering.conversation))
    human.step()
    human.step()
    human.die()
    with pytest.raises(StatusChanged):
        store.change_status(SHOP, answering.conversation, expect=["bot"], to="human")
    bot.finish()
    assert answering.outcome == "StatusChanged"


def test_words_that_come_in_while_their_person_is_erased_are_erased(bot: Actor, store: DynamoDBStore) -> None:
    answering = Answering(started(store))
    bot.begin(answering.do_both)
    bot.step()  # it has read the conversation, and is about to write the words
    store.erase(SHOP, "ann")
    bot.finish()
    assert answering.outcome == "TurnLost"
    left = store.table.connection.call("scan", TableName=store.table.name)["Items"]
    assert [row for row in left if "Hello?" in str(row)] == []
    assert store.unanswered(SHOP, now=NOW + LEASE, limit=10) == []


def test_a_takeover_reads_no_more_of_a_long_conversation_than_of_a_short_one(
    human: Actor, store: DynamoDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    human.store.table.connection.client.meta.events.register(
        "after-call.dynamodb", lambda parsed, **_: sent.append(len(str(parsed)))
    )
    sizes = []
    for length in (3, 60):
        conversation = started(store)
        for number in range(length):
            store.record(SHOP, said_elsewhere("Hello", conversation=conversation, id=f"m{number}"))
        monkeypatch.setattr(fences, "RECENT", 0)
        sent.clear()
        human.begin(partial(take_over, conversation=conversation))
        human.finish()
        sizes.append(sum(sent))
    assert sizes[1] == pytest.approx(sizes[0], rel=0.1)
