"""For the handoff machine: a model, handlers and a channel that do as told, and books of what should be."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from punai import Escalation, Inbound, Tenant, Turn
from punai.models import Status
from punai.reception import LEASE
from tests.house import DOCUMENTED, TEASHOP, UNCLEAR, UNDOCUMENTED, proposal

HANDOFF = "Eine Kollegin meldet sich gleich."
STILL_WAITING = "Die Kollegin liest auch das."
"""The promises of a business that writes German, which no English pattern knows."""

TRANSFERRED = "I have transferred you to an agent."
PROMISES = (HANDOFF, STILL_WAITING, TRANSFERRED)
HANDLERS = ("desk", "pager")

A_PERSON = "I want to talk to a person"
ANGRY = "this is the worst shop ever!!!"
FOR_A_HUMAN = (A_PERSON, ANGRY, "you will hear from my lawyer", "I had an allergic reaction to your tea")
SMALL_TALK = "hi"
CLEAR = (DOCUMENTED, UNDOCUMENTED, SMALL_TALK)
TEXTS = (CLEAR, UNCLEAR[:2], FOR_A_HUMAN, ("yes", "no"))

# Its customers say the same few things for ever: who does that is unhappy, and that would decide everything.
PACK = f"""
escalate_to = {list(HANDLERS)}
thresholds = {{ unhappy = 1 }}
texts = {{ handoff = "{HANDOFF}", still_waiting = "{STILL_WAITING}" }}
{TEASHOP}"""

PLUGIN = """
from tests.desk.handoff import HANDLERS, Stage

stage = Stage()

@hookimpl
def chat_model(tenant):
    return stage.model if tenant.id == "teashop" else None

@hookimpl
def register_channels(register):
    register("push", stage)

@hookimpl
def register_escalation_handlers(register):
    for name in HANDLERS:
        register(name, stage.handler(name))
"""

MINDS: dict[str, dict[str, Any]] = {
    "answers": proposal("Which tea is it?"),
    "wants a human": proposal("May I see?", needs_human=True),
    "promises a human": proposal(TRANSFERRED),
    "repeats a promise": proposal(f"Sure! {HANDOFF}"),
    "repeats another promise": proposal(STILL_WAITING),
    "is unsure": proposal("Do you mean green tea?", confidence=0.1),
    "says nothing": proposal(" "),
}
"""What a model may answer. It may also fail, and the process may die while it thinks."""


Key = tuple[str, str]
"""An escalation's id, and a handler."""


class Died(BaseException):
    """The process ended here: nothing after this happened."""


class Stage:
    """What is around the desks, and does as it is told."""

    def __init__(self) -> None:
        self.model = ScriptedModel()
        self.reset(self.model.think)

    def reset(self, think: Callable[[], dict[str, Any]]) -> None:
        """Begin again, with a model that thinks this."""
        self.model.think = think
        self.failing: dict[str, BaseException] = {}
        self.heard: defaultdict[Key, Counter[datetime]] = defaultdict(Counter)
        self.references: dict[Key, str] = {}
        self.lost: set[Key] = set()
        self.pushed: list[str] = []

    def send(self, turn: Turn, tenant: Tenant) -> None:
        """As a channel: the words reach the customer."""
        self.pushed.append(turn.message_id)

    def handler(self, name: str) -> Callable[[Escalation, Tenant], str]:
        """A handler that fails if it is told to, or hears it and dies before anybody learns of that."""

        def handle(escalation: Escalation, tenant: Tenant) -> str:
            failure, key = self.failing.get(name), (escalation.id, name)
            if isinstance(failure, Exception):
                raise failure
            self.heard[key].update(line.at for line in escalation.news if line.role == "customer")
            if failure is not None:
                self.lost.add(key)
                raise failure
            self.references[key] = f"{name}-{self.heard[key].total()}"
            return self.references[key]

        return handle


class ScriptedModel(BaseChatModel):
    """A model that thinks what a function says."""

    think: Callable[[], dict[str, Any]] = lambda: MINDS["answers"]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        """It uses the one tool there is, unasked."""
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        if "sum up" in str(messages[0].content):
            return ChatResult(generations=[ChatGeneration(message=AIMessage("They want tea."))])
        call = {"name": "answer", "args": self.think(), "id": "1"}
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=[call]))])


@dataclass(eq=False)
class Said:
    """A message, or an agent's words, as the store should hold it; `turn` once it is answered."""

    message_id: str
    text: str
    held_until: datetime
    attempt: int = 1
    turn: Turn | None = None
    asked: int | None = None
    """Which of the conversation's requests for a human it was said after, while that was open or taken."""


@dataclass(eq=False)
class Talk:
    """A conversation as the store should hold it. `id` is None until the desk has told it."""

    id: str | None
    user: str
    last_at: datetime
    status: Status = "bot"
    channel: str = "web"
    said: list[Said] = field(default_factory=list)
    escalations: list[Literal["open", "taken", "closed"]] = field(default_factory=list)

    def step_before(self, said: Said) -> str | None:
        """What the bot did right before a message, if it has answered."""
        number = self.said.index(said)
        turn = self.said[number - 1].turn if number else None
        return turn.answer.step if turn and turn.answer else None


@dataclass(eq=False)
class Call:
    """A call into the desk: what the model makes of it, and what else happens before it is over."""

    inbound: Inbound | None = None
    talk: Talk | None = None
    mind: str = "answers"
    thinking: Sequence[str] = ()
    committing: Sequence[str] = ()
    model_calls: int = 1
    commits_at: int = 2
    looked_at_the_clock: int = 0


def message(talk: Talk, text: str) -> Inbound:
    """A new one in a conversation."""
    return Inbound(
        user_id=talk.user,
        text=text,
        conversation_id=talk.id,
        message_id=uuid4().hex,
        channel=talk.channel,
    )


MOVES: dict[str, tuple[tuple[Status, ...], Status]] = {
    "take_over": (("bot", "waiting"), "human"),
    "hand_back": (("human", "waiting"), "bot"),
    "close": (("bot", "waiting", "human"), "closed"),
}

State = Literal["new", "answered", "in_flight", "other_words", "not_yours"]


class Books:
    """What customers, agents and the bot did, kept apart from the store and by rules of their own."""

    def __init__(self) -> None:
        self.talks: list[Talk] = []  # the one with the last message last

    def accept(self, inbound: Inbound, now: datetime) -> tuple[State, Talk, Said | None]:
        """A message comes in: what the desk has to make of it."""
        talk, said = self._known(inbound)
        if talk and talk.user != inbound.user_id:
            return "not_yours", talk, None
        if said is None:
            talk = talk or self._to_join(inbound, now) or Talk(inbound.conversation_id, inbound.user_id, now)
            said = Said(str(inbound.message_id), inbound.text, now)
            self._add(talk, said, now)
        else:
            assert talk is not None
            if said.text != inbound.text:
                return "other_words", talk, said
            if said.turn:
                return "answered", talk, said
            if said.held_until > now:
                return "in_flight", talk, said
            said.attempt += 1
        said.held_until = now + LEASE
        talk.channel = inbound.channel
        if talk.status == "closed":
            talk.status = "bot"
        return "new", talk, said

    def complete(self, talk: Talk, said: Said, turn: Turn, now: datetime) -> None:
        """The answer is committed, and with it a new status and escalation, if it promises a human."""
        if talk.status in ("waiting", "human") and talk.escalations and talk.escalations[-1] != "closed":
            said.asked = len(talk.escalations) - 1
        if turn.answer and turn.answer.escalation and talk.status != "waiting":
            talk.escalations.append("open")
            talk.status = "waiting"
        said.turn, talk.last_at = turn, now

    def move(self, talk: Talk, step: str) -> bool:
        """An agent takes over, hands back or closes; whether that may be."""
        expect, to = MOVES[step]
        if talk.status not in expect:
            return False
        talk.status = to
        if talk.escalations and talk.escalations[-1] != "closed":
            talk.escalations[-1] = "taken" if to == "human" else "closed"
        return True

    def reply(self, talk: Talk, turn: Turn, now: datetime) -> None:
        """An agent's words are stored."""
        self._add(talk, Said(turn.message_id, "", now, turn=turn), now)

    def overdue(self, now: datetime) -> list[tuple[Talk, Said]]:
        """Messages that were never answered and that nobody holds any more, the longest overdue first."""
        every = [(talk, said) for talk in self.talks for said in talk.said]
        left = [(talk, said) for talk, said in every if said.turn is None and said.held_until <= now]
        return sorted(left, key=lambda found: found[1].held_until)

    def _known(self, inbound: Inbound) -> tuple[Talk | None, Said | None]:
        """The conversation and the message, if they are there already."""
        named = inbound.conversation_id
        where = [talk for talk in self.talks if (talk.id == named if named else talk.user == inbound.user_id)]
        for talk in where:
            for said in talk.said:
                if said.message_id == inbound.message_id:
                    return talk, said
        return (where[0] if named and where else None), None

    def _to_join(self, inbound: Inbound, now: datetime) -> Talk | None:
        """The user's last conversation, if the message names none and that one goes on."""
        own = [talk for talk in self.talks if talk.user == inbound.user_id]
        goes_on = own and own[-1].status != "closed" and now - own[-1].last_at <= timedelta(hours=24)
        return own[-1] if goes_on and inbound.conversation_id is None else None

    def _add(self, talk: Talk, said: Said, now: datetime) -> None:
        talk.said.append(said)
        talk.last_at = now
        self.talks = [*(other for other in self.talks if other is not talk), talk]


def calls_for_a_human(tenant: Tenant, text: str, mind: str, step_before: str | None) -> bool | None:
    """Whether a message has to bring in a human, must not, or may do either."""
    if text in FOR_A_HUMAN or (text == "yes" and step_before == "offered_human"):
        return True
    if text == SMALL_TALK:
        return False
    if tenant.id == "keyless":
        return False if text == DOCUMENTED else None
    if mind in ("wants a human", "promises a human", "repeats a promise", "repeats another promise"):
        return True
    if mind in ("fails", "says nothing"):
        return text != DOCUMENTED
    clear = text in (DOCUMENTED, UNDOCUMENTED) and mind == "answers"
    return False if clear else None
