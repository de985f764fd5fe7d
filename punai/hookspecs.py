"""Every hook a plugin may implement. This is the whole extension mechanism.

One must answer: a `firstresult` hook asks the most local plugin first; returning None passes the question on.
Many may answer: a `register_*` hook is handed a `register(name, thing)` to call as often as it likes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from punai.models import Conversation, Feedback, Intent, IntentMatch, Passage, Turn
from punai.ports import Channel, EscalationHandler, Store
from punai.sources import KnowledgeSource
from punai.tenant import Tenant

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

hookspec = pluggy.HookspecMarker("punai")
hookimpl = pluggy.HookimplMarker("punai")


@hookspec(firstresult=True)
def open_store(url: str) -> Store | None:
    """Open the store that `PUNAI_STORE` names, or return None if its scheme is not yours.

    :param url: such as `sqlite:///.punai/punai.db` or `dynamodb://punai`. Do not connect yet: the first use
        may, so that importing the application never waits for a database.
    """


@hookspec(firstresult=True)
def chat_model(tenant: Tenant) -> "BaseChatModel | None":
    """The LangChain chat model that answers this tenant's customers. Asked once, when the tenant is loaded.

    :param tenant: the business; `tenant.setting(section, key)` reads its settings.
    """


@hookspec(firstresult=True)
def classify_message(
    message: str, history: Sequence[Turn], intents: Mapping[str, Intent], tenant: Tenant
) -> IntentMatch | None:
    """Say what a customer wants, before any model is asked. No network calls: this runs on every turn.

    :param message: the customer's words, trimmed.
    :param history: the last turns, oldest first, without this message.
    :param intents: the tenant's intents by name.
    :param tenant: the business.
    """


@hookspec(firstresult=True)
def system_prompt(tenant: Tenant, intent: IntentMatch, conversation: Conversation) -> str | None:
    """Write the model's instructions. Use `@hookimpl(wrapper=True)` to amend what another plugin wrote.

    :param tenant: the business.
    :param intent: what the local classifier made of the message.
    :param conversation: the conversation with its last turns.
    """


@hookspec(firstresult=True)
def should_escalate(
    message: str,
    intent: IntentMatch,
    passages: Sequence[Passage],
    conversation: Conversation,
    tenant: Tenant,
) -> str | None:
    """Give a short reason to bring in a human, or None to leave that to others.

    :param message: the customer's words, trimmed.
    :param intent: what was understood.
    :param passages: what the documents had to say, the surest source's best passage first.
    :param conversation: the conversation with its last turns.
    :param tenant: the business.
    """


@hookspec(firstresult=True)
def feedback_received(
    feedback: Feedback, turn: Turn, conversation: Conversation, tenant: Tenant
) -> str | None:
    """Give a short reason to bring in a human because of what a customer thinks of an answer, or None.

    :param feedback: what the customer thinks now; it is stored already.
    :param turn: the message and the answer that it is about.
    :param conversation: the conversation with its last turns, each with its own feedback.
    :param tenant: the business.
    """


@hookspec
def register_intents(register: Callable[[str, Intent], Any]) -> None:
    """Add intents that every tenant with this plugin has. A tenant's own intent of the same name wins.

    :param register: call it as `register(name, intent)`.
    """


@hookspec
def register_knowledge(register: Callable[[str, KnowledgeSource], Any]) -> None:
    """Add places to look answers up in.

    :param register: call it as `register(name, source)`; `source(question, topic, tenant)` gives passages.
    """


@hookspec
def register_channels(register: Callable[[str, Channel], Any]) -> None:
    """Add ways to reach a customer who is not waiting on an open request.

    :param register: call it as `register(name, channel)`; `channel.send(turn, tenant)` delivers.
    """


@hookspec
def register_escalation_handlers(register: Callable[[str, EscalationHandler], Any]) -> None:
    """Add ways to tell a human. A tenant picks among them by name, in `escalate_to`.

    :param register: call it as `register(name, handler)`; `handler(escalation, tenant)` returns a reference.
    """
