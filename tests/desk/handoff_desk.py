"""For the handoff machine: a desk, of which every call is checked against the books."""

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from punai import Escalation, Inbound, Tenant, Turn
from punai.desk import Desk
from punai.ports import InFlight, MessageMismatch, NotYours, StatusChanged
from tests.desk.handoff import (
    A_PERSON,
    HANDOFF,
    MINDS,
    MOVES,
    PROMISES,
    STILL_WAITING,
    Books,
    Call,
    Died,
    Said,
    Stage,
    Talk,
    calls_for_a_human,
    message,
)
from tests.house import DOCUMENTED, answer_of

REFUSED = {"not_yours": NotYours, "other_words": MessageMismatch, "in_flight": InFlight}
HAPPENINGS = (
    *MOVES,
    "agent_replies",
    "repeated",
    "repeated_to_one_that_dies",
    "lease_ends",
    "another_asks_for_a_person",
    "another_asks",
    "escalated",
    "recovered",
    "delivered",
    "dies",
)
"""What may happen while a message is being answered."""


class CheckedDesk:
    """Customers' desk and staff's, on one file: each call is made, and what came of it compared to the books.

    A call is under way while the model thinks and while the desk looks at its clock: then others are made.
    """

    def __init__(self, open_desk: Callable[..., Desk], tenant: str, stage: Stage) -> None:
        self.time = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
        self.open = functools.partial(open_desk, tenant, self.clock)
        self.desk, self.staff = self.open(), self.open()
        self.tenant: Tenant = self.desk.tenants[tenant]
        self.stage = stage
        stage.reset(self.think)
        self.books = Books()
        self.pushed: list[str] = []
        self._calls: list[Call] = []
        self._broken: list[BaseException] = []

    def clock(self) -> datetime:
        """The desk looks at it when it accepts a message, and again right before it commits the answer."""
        if self._calls:
            call = self._calls[-1]
            call.looked_at_the_clock += 1
            if call.looked_at_the_clock == call.commits_at:
                happening, call.committing = call.committing, ()
                self._meanwhile(call, happening)
        return self.time

    def think(self) -> dict[str, Any]:
        """The model, in a thread of its own."""
        call = self._calls[-1]
        call.model_calls -= 1
        if call.model_calls < 0:
            self._broken.append(AssertionError("the model was asked once too often"))
        happening, call.thinking = call.thinking, ()
        self._meanwhile(call, happening)
        if call.mind == "dies":
            raise Died
        if call.mind == "fails":
            raise RuntimeError("the model is away")
        return MINDS[call.mind]

    def send(self, inbound: Inbound, *, email: str | None = None, **circumstances: Any) -> Talk | None:
        """A message comes in, from a front end that escalates if it has an address."""
        self.time += timedelta(seconds=1)
        state, talk, said = self.books.accept(inbound, self.time)
        if state in REFUSED:
            with self._calling(Call(model_calls=0)), pytest.raises(REFUSED[state]):
                self._ask(inbound, email)
            return talk if said else None
        assert said is not None
        call = Call(inbound, talk, **circumstances, model_calls=1 if state == "new" else 0)
        attempt, step_before = said.attempt, talk.step_before(said)
        try:
            with self._calling(call):
                turn = self._ask(inbound, email)
        except Died:
            return talk
        except InFlight:
            assert (said.turn, said.attempt > attempt) == (None, True)  # another took it over, and died
            return talk
        if said.turn is None:
            assert said.attempt == attempt  # who lost a turn may not answer it
            wish = True if email else calls_for_a_human(self.tenant, said.text, call.mind, step_before)
            self._check(talk, said, turn, wish)
        assert turn == said.turn
        if email and state == "new":
            self._check_contact(talk, email)
        return talk

    def happen(self, what: str, talk: Talk, inbound: Inbound) -> None:
        """Something else happens in a conversation, to the message or beside it."""
        if what in MOVES:
            self._move(talk, what)
        elif what == "agent_replies":
            self._agent_replies(talk)
        elif what == "repeated":
            self.send(inbound.model_copy(update={"conversation_id": talk.id}))
        elif what == "repeated_to_one_that_dies":
            self.send(inbound.model_copy(update={"conversation_id": talk.id}), committing=["dies"])
        elif what == "lease_ends":
            self.time += timedelta(seconds=31)
        elif what == "another_asks_for_a_person":
            self.send(message(talk, A_PERSON))
        elif what == "another_asks":
            self.send(message(talk, DOCUMENTED))
        elif what == "escalated":
            self.send(message(talk, "help"), email="ada@example.org")
        elif what == "recovered":
            self.recover(self.staff)
        elif what == "delivered":
            self.deliver({})
        elif what == "dies":
            raise Died

    def recover(self, desk: Desk, **circumstances: Any) -> None:
        """What was left unanswered is answered: where the words can be pushed by them, else by a human."""
        overdue = self.books.overdue(self.time)
        call = Call(model_calls=len(overdue))
        for talk, said in overdue:
            again = message(talk, said.text).model_copy(update={"message_id": said.message_id})
            assert self.books.accept(again, self.time)[0] == "new"
            if len(overdue) == 1:  # of several, nobody could tell to which it happens
                call = Call(again, talk, commits_at=3, **circumstances)
        attempts = [said.attempt for _, said in overdue]
        try:
            with self._calling(call):
                recovered = desk.recover()
        except Died:
            return
        # Another may have taken a message over meanwhile.
        ours = [
            found for found, attempt in zip(overdue, attempts, strict=True) if found[1].attempt == attempt
        ]
        assert recovered == len(ours)
        for talk, said in ours:
            turn = desk.store.turn(self.tenant, str(talk.id), said.message_id)
            assert turn is not None
            reachable = talk.channel == "push"
            wish = calls_for_a_human(self.tenant, said.text, call.mind, talk.step_before(said))
            self._check(talk, said, turn, wish if reachable else True)
            if reachable and answer_of(turn).reply:
                self.pushed.append(said.message_id)

    def deliver(self, failing: Mapping[str, BaseException]) -> None:
        """All that is due is attempted, each handler's alone: some fail, some die after delivering."""
        due = {
            (escalation.id, delivery.handler)
            for escalation in self.staff.store.escalations(self.tenant)
            for delivery in escalation.deliveries
            if delivery.status in ("pending", "retrying") and delivery.due_at <= self.time
        }
        self.stage.failing = dict(failing)
        with self._calling(Call(model_calls=0)):
            for _ in due:  # more often than there are batches
                with contextlib.suppress(Died):
                    self.desk.deliver_due()
        for escalation in self.staff.store.escalations(self.tenant):
            for delivery in escalation.deliveries:
                if (escalation.id, delivery.handler) not in due:
                    continue
                if delivery.status != "delivered":  # where nothing was new, nobody was called who could fail
                    assert delivery.handler in failing
                    assert delivery.status in ("pending", "retrying")
                    assert delivery.due_at > self.time

    def escalations(self, talk: Talk) -> list[Escalation]:
        """Those of a conversation, oldest first."""
        found = self.staff.store.escalations(self.tenant)
        return [escalation for escalation in reversed(found) if escalation.conversation_id == talk.id]

    def restart(self) -> None:
        """The customers' desk is closed, and another goes on."""
        self.desk.store.close()
        self.desk = self.open()

    def close(self) -> None:
        """Close both desks."""
        for desk in (self.desk, self.staff):
            desk.store.close()

    @contextlib.contextmanager
    def _calling(self, call: Call) -> Any:
        self._calls.append(call)
        try:
            yield
        finally:
            self._calls.pop()
            self._learn_its_name(call)
            if self._broken:
                raise self._broken[0]

    def _meanwhile(self, call: Call, happening: Sequence[str]) -> None:
        if not happening:
            return
        assert call.talk is not None
        assert call.inbound is not None
        self._learn_its_name(call)
        self._calls.append(Call(model_calls=0))
        try:
            for what in happening:
                self.happen(what, call.talk, call.inbound)
        except Died:
            raise
        except BaseException as error:
            self._broken.append(error)  # the desk would take a failed check for a failing model
            raise
        finally:
            self._calls.pop()

    def _learn_its_name(self, call: Call) -> None:
        if call.talk and call.inbound and call.talk.id is None:
            turns = self.staff.store.turns_of(self.tenant, call.inbound.user_id)
            call.talk.id = next(
                turn.conversation_id for turn in turns if turn.message_id == call.inbound.message_id
            )

    def _ask(self, inbound: Inbound, email: str | None) -> Turn:
        if email is None:
            return self.desk.receive(self.tenant.id, inbound)
        return self.desk.escalate(self.tenant.id, inbound, name=None, email=email, note=None)

    def _move(self, talk: Talk, step: str) -> None:
        move = functools.partial(getattr(self.staff, step), self.tenant.id, talk.id)
        if self.books.move(talk, step):
            move()
        else:
            with pytest.raises(StatusChanged):
                move()

    def _agent_replies(self, talk: Talk) -> None:
        reply = functools.partial(self.staff.reply_as_agent, self.tenant.id, str(talk.id), "This is Mia.")
        if talk.status != "human":
            with pytest.raises(StatusChanged):
                reply()
            return
        turn = reply()
        self.books.reply(talk, turn, self.time)
        if talk.channel == "push":
            self.pushed.append(turn.message_id)

    def _check(self, talk: Talk, said: Said, turn: Turn, wish: bool | None) -> None:
        """The answer may be given in a conversation of this status; `wish`: None where either will do."""
        answer = answer_of(turn)
        assert (turn.message_id, turn.text, turn.attempt) == (said.message_id, said.text, said.attempt)
        assert answer.escalation == any(promise in answer.reply for promise in PROMISES)
        if talk.status == "human":
            assert (answer.reply, answer.answered_by, answer.status) == ("", "human", "human")
        else:
            assert answer.reply
            assert wish in (None, answer.escalation)
            assert answer.status == ("waiting" if answer.escalation else talk.status)
        assert (talk.status, answer.step) != ("waiting", "offered_human")  # there is nothing left to offer
        if answer.escalation:
            assert (STILL_WAITING if talk.status == "waiting" else HANDOFF) in answer.reply
            assert self.escalations(talk)[-1].status == "open"
        self.books.complete(talk, said, turn, self.time)

    def _check_contact(self, talk: Talk, email: str) -> None:
        """Whoever is asked to help knows how to reach the customer, and is told so once more."""
        for escalation in self.escalations(talk)[-1:]:
            if escalation.status != "closed":
                assert escalation.email == email
                assert all(each.status != "delivered" for each in escalation.deliveries)
