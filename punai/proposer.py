"""One structured call to a language model, and what it cost. What comes back is data to check."""

import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from langchain_core.callbacks import UsageMetadataCallbackHandler
from langchain_core.messages import BaseMessage
from pydantic import BaseModel, ConfigDict

from punai.deadline import call_within
from punai.logs import event
from punai.models import OTHER, Sentiment, Usage
from punai.ports import ConfigurationError
from punai.tenant import Tenant

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_PROMISE = re.compile(
    r"\b(?:transferr?(?:ed|ing)?|connect(?:ed|ing)?|put(?:ting)?) (?:you|your (?:request|case|chat))\b"
    r"|\bescalat(?:e|ed|ing) (?:you|your|this|it)\b"
    r"|\b(?:colleague|agent|representative|human|specialist|manager)\b[^.?!]{0,30}\b(?:will|is going to)\b"
    r"[^.?!]{0,20}\b(?:contact|call|reach|get back|be in touch|be with you|help|assist|reply|answer)\b",
    re.IGNORECASE,
)


class Quotation(BaseModel):
    """A passage that a model's reply rests on, and the words in it that say so."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    passage_id: str
    quote: str


class Proposal(BaseModel):
    """What a model is asked for, in the order it writes it: what it understood before what it says."""

    # Strict schemas forbid what they do not name; a model that adds it all the same is not worth a refusal.
    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    evidence: str
    intent: str
    confidence: float
    sentiment: Sentiment
    needs_human: bool
    human_reason: str
    citations: list[Quotation]
    reply: str

    @property
    def promises_human(self) -> bool:
        """Whether the reply says, in English, that a person will take over: only PunAI may say so."""
        return _PROMISE.search(self.reply) is not None


@dataclass(frozen=True, slots=True)
class Terms:
    """What `[settings.model]` says: name, seconds to answer in, dollars for a token in and for one out."""

    name: str
    timeout: float
    price: tuple[float, float] | None

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        """The tenant's terms.

        Raises:
            ConfigurationError: the time-out or the price is wrong.
        """
        try:
            return cls(
                name=tenant.setting("model", "name", "local"),
                timeout=_timeout(tenant.setting("model", "timeout", "10")),
                price=_price(tenant.setting("model", "price", "")),
            )
        except (ValueError, LookupError) as error:
            place = f"{tenant.folder}/business.toml" if tenant.folder else tenant.id
            raise ConfigurationError(f"{place}: settings.model: {error}") from error


class Proposer:
    """A business's model, bound to the schema of its intents. Safe to use from several threads."""

    def __init__(self, model: "BaseChatModel", intents: Iterable[str], terms: Terms, tenant: str) -> None:
        """Bind the model; `tenant` is whose it is, for the log."""
        self._intents = (*intents, OTHER)
        self._terms = terms
        self._tenant = tenant
        # OpenAI's models keep to a strict schema by decoding; others are asked in their provider's own way.
        openai = model._llm_type.endswith("openai-chat")
        options: dict[str, Any] = {"method": "json_schema", "strict": True} if openai else {}
        self._structured = model.with_structured_output(schema(self._intents), **options)

    def ask(self, messages: Sequence[BaseMessage]) -> tuple[Proposal, Usage]:
        """The model's proposal, of the right shape, with one of the intents and a reply; one call, no retry.

        Raises:
            TimeoutError: it took longer than the time-out.
            Exception: whatever the provider raises, or what makes the answer unusable.
        """
        with Meter(self._terms, self._tenant, "answer") as meter:
            answered = meter.call(self._terms.timeout, self._structured.invoke, list(messages))
        proposal = Proposal.model_validate(answered)
        if not proposal.reply.strip() or proposal.intent not in self._intents:
            raise ValueError("an empty reply, or an intent outside the list")
        return proposal, meter.usage


class Meter:
    """What one call to a model takes, logged however it ends: one that fails costs money, or time."""

    def __init__(self, terms: Terms, tenant: str, purpose: str) -> None:
        """`tenant` is whose model it is, `purpose` what it is asked for: both for the log."""
        self._terms, self._tenant, self._purpose = terms, tenant, purpose
        self._metering = UsageMetadataCallbackHandler()
        self._started = 0.0
        self.usage = Usage(model=terms.name)

    def call(self, seconds: float, invoke: Callable[..., Any], messages: Sequence[BaseMessage]) -> Any:
        """What the model answers. Raises TimeoutError, or whatever the provider raises."""
        return call_within(seconds, invoke, messages, {"callbacks": [self._metering]})

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        return self

    def __exit__(self, *failure: object) -> None:
        for model, used in self._metering.usage_metadata.items():
            tokens, price = (used["input_tokens"], used["output_tokens"]), self._terms.price
            cost = sum(n * each for n, each in zip(tokens, price, strict=True)) if price else None
            self.usage = Usage(model=model, input_tokens=tokens[0], output_tokens=tokens[1], cost=cost)
        event(
            "model call",
            # The cost of an answer stands in the log of its turn, too.
            level=logging.DEBUG if self._purpose == "answer" else logging.INFO,
            tenant=self._tenant,
            purpose=self._purpose,
            model=self.usage.model,
            latency_ms=round((time.perf_counter() - self._started) * 1000, 1),
            input_tokens=self.usage.input_tokens or None,
            output_tokens=self.usage.output_tokens or None,
            cost=self.usage.cost,
        )


def schema(intents: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of a proposal, with the intents as an enumeration: no other can be chosen."""
    described = Proposal.model_json_schema()
    described |= {"title": "answer", "description": "What the customer wants, and the reply."}
    described["properties"]["intent"]["enum"] = list(intents)
    return described


def _timeout(setting: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", setting) or not 0 < float(setting) <= 25:
        raise ValueError(f"timeout is {setting!r}; it may hold seconds, above 0 and at most 25")
    return float(setting)


def _price(setting: str) -> tuple[float, float] | None:
    """Dollars for one token in and out, from dollars for a million: `0.40/1.60`."""
    if not setting:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?/\d+(\.\d+)?", setting):
        raise ValueError(
            f"price is {setting!r}; it may hold US dollars for a million tokens, such as 0.40/1.60"
        )
    dollars_in, _, dollars_out = setting.partition("/")
    return float(dollars_in) / 1e6, float(dollars_out) / 1e6
