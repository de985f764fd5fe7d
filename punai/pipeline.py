"""Understand, recall, answer: from a customer's words to a draft, with at most one model call."""

import itertools
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from punai.deadline import call_within
from punai.logs import log
from punai.memory import remembered
from punai.models import OTHER, Answer, Citation, Conversation, Draft, IntentMatch, Passage, Usage
from punai.plugin_manager import Business
from punai.ports import PunaiError, Refreshable
from punai.proposer import Proposal, Proposer, Terms

PASSAGES = 5
QUOTE_LENGTH = 700
REPLY_LENGTH = 4000
SUGGESTIONS = 3
LIKELY = 0.1
SOURCE_SECONDS = 3.0
REFRESH_SECONDS = 240.0


class Pipeline:
    """One business's way from a message to a draft. Built once; safe to use from several threads."""

    def __init__(self, business: Business) -> None:
        """Prepare the model for this business's intents, if it has one."""
        self.business = business
        self.tenant = business.tenant
        terms, model = Terms.of(self.tenant), business.model
        self._proposer = Proposer(model, business.intents, terms, self.tenant.id) if model else None

    def understand(self, message: str, conversation: Conversation) -> IntentMatch:
        """The intent by the local classifier; `other` where it is not sure enough to act on."""
        match: IntentMatch = (
            self.business.classify_message(
                message=message,
                history=conversation.turns,
                intents=self.business.intents,
                tenant=self.tenant,
            )
            or IntentMatch()
        )
        if match.name in self.business.intents and match.confidence >= self.tenant.thresholds.intent:
            return match
        guess = ((match.name, match.confidence),) if match.name in self.business.intents else ()
        return match.model_copy(update={"name": OTHER, "rivals": guess + match.rivals})

    def recall(self, message: str, match: IntentMatch) -> tuple[Passage, ...]:
        """Passages that may answer, the surest source's best first. A source that fails is passed over."""
        topic = self.business.intents[match.name].description if match.name != OTHER else ""
        found = [self._search(name, message, topic) for name in self.business.knowledge]
        found.sort(key=lambda passages: -passages[0].score if passages else 0)
        by_rank = itertools.chain.from_iterable(itertools.zip_longest(*found))
        return tuple(itertools.islice(filter(None, by_rank), PASSAGES))

    def _search(self, name: str, message: str, topic: str) -> Sequence[Passage]:
        def search() -> Sequence[Passage]:  # to the end within the deadline: a source may be a generator
            found = self.business.knowledge[name](message, topic, self.tenant)
            return [Passage.model_validate(passage) for passage in found]

        try:
            return call_within(SOURCE_SECONDS, search)
        except Exception:
            log.error(
                "a knowledge source failed and was passed over",
                exc_info=True,
                extra={"fields": {"source": name}},
            )
            return ()

    def refresh(self) -> None:
        """Have each source that keeps an index bring it up to date; what fails in one costs no other.

        Raises:
            PunaiError: it failed, in these and for these reasons.
        """
        failed: list[str] = []
        for name, source in self.business.knowledge.items():
            if not isinstance(source, Refreshable):
                continue
            try:
                call_within(REFRESH_SECONDS, source.refresh, self.tenant)
            except Exception as error:
                why = str(error) if isinstance(error, PunaiError) else type(error).__name__
                fields = {"tenant": self.tenant.id, "source": name, "why": why}
                log.error("a knowledge source was not refreshed", exc_info=True, extra={"fields": fields})
                failed.append(f"{name}: {why}")
        if failed:
            raise PunaiError(f"the knowledge of {self.tenant.id} was not refreshed: {'; '.join(failed)}")

    def answer(
        self, message: str, conversation: Conversation, match: IntentMatch, passages: Sequence[Passage]
    ) -> Draft:
        """The business's own words, else the model's, else what can be said without one."""
        if match.confidence >= self.tenant.thresholds.reply and self._own_words(match):
            return self._reply_of(match)
        local = self._local(conversation, match, passages)
        if self._proposer is None:
            return local
        try:
            asked = self._messages(message, conversation, match, passages)
            return self._checked(*self._proposer.ask(asked), passages, conversation)
        except Exception:
            log.error(
                "the model gave no usable answer", exc_info=True, extra={"fields": {"tenant": self.tenant.id}}
            )
        return local if local.answer.step == "answered" else Draft(answer=local.answer, wants_human="outage")

    def _answering(self, passages: Sequence[Passage]) -> Passage | None:
        # The first or none: a source knows better which of its passages is best than its scores tell.
        best = passages[0] if passages else None
        return best if best and best.score >= self.tenant.thresholds.passage else None

    def _own_words(self, match: IntentMatch) -> str | None:
        intent = self.business.intents.get(match.name)
        return intent.reply if intent else None

    def _reply_of(self, match: IntentMatch) -> Draft:
        return Draft(answer=_answer(match, reply=self._own_words(match) or "", answered_by="reply"))

    def _local(self, conversation: Conversation, match: IntentMatch, passages: Sequence[Passage]) -> Draft:
        """A passage quoted under its title, a stock reply, a clarifying question, or the offer of a human."""
        if best := self._answering(passages):
            return Draft(
                answer=_answer(
                    match,
                    reply=f"{best.title}\n\n{quote(best.text)}",
                    answered_by="documents",
                    citations=(_citation(best),),
                )
            )
        if self._own_words(match):
            return self._reply_of(match)
        texts, asked = self.tenant.texts, _clarified_in_a_row(conversation)
        if match.name != OTHER or asked >= 2:
            return Draft(
                answer=_answer(
                    match,
                    reply=texts.offer_human,
                    answered_by="fallback",
                    step="offered_human",
                    suggestions=(texts.accept_human,),
                )
            )
        return Draft(
            answer=_answer(
                match,
                reply=texts.clarify_again if asked else texts.clarify,
                answered_by="fallback",
                step="clarified",
                suggestions=self._guesses(match),
            )
        )

    def _guesses(self, match: IntentMatch) -> tuple[str, ...]:
        """An example of each intent that is at all likely, for the customer to pick from."""
        known = self.business.intents
        likely = [known[name] for name, share in match.rivals if name in known and share >= LIKELY]
        return tuple(intent.examples[0] for intent in likely if not intent.reply)[:SUGGESTIONS]

    def _checked(
        self,
        proposal: Proposal,
        usage: Usage,
        passages: Sequence[Passage],
        conversation: Conversation,
    ) -> Draft:
        """The proposal with only the citations it was given, and its wish for a human as a wish."""
        cited = [passage for passage in passages if passage.id in proposal.passage_ids]
        confidence = min(1.0, max(0.0, proposal.confidence))
        unsure = confidence < self.tenant.thresholds.intent
        answer = Answer(
            reply=proposal.reply.strip()[:REPLY_LENGTH],
            answered_by="model",
            step="clarified" if unsure else "answered",
            intent=proposal.intent,
            confidence=confidence,
            sentiment=proposal.sentiment,
            citations=tuple(_citation(passage) for passage in cited),
            usage=usage,
        )
        if proposal.needs_human or proposal.promises_human or self._repeats_a_promise(proposal.reply):
            return Draft(answer=answer, wants_human="model")
        if proposal.intent != OTHER and not unsure and self.business.intents[proposal.intent].escalate:
            return Draft(answer=answer, wants_human=f"intent:{proposal.intent}")
        twice = unsure and _clarified_in_a_row(conversation) > 0
        return Draft(answer=answer, wants_human="low_confidence" if twice else None)

    def _repeats_a_promise(self, reply: str) -> bool:
        """Whether a model says what it has seen PunAI say, in whatever language the business writes it."""
        texts = self.tenant.texts
        return any(promise in reply for promise in (texts.handoff, texts.still_waiting))

    def _messages(
        self, message: str, conversation: Conversation, match: IntentMatch, passages: Sequence[Passage]
    ) -> list[BaseMessage]:
        instructions = self.business.system_prompt(
            tenant=self.tenant, intent=match, conversation=conversation
        )
        given = "\n\n".join(f"[{passage.id}] {passage.title}\n{passage.text}" for passage in passages)
        return [
            SystemMessage(f"{instructions}\n\nPassages:\n{given or '(none found)'}"),
            *remembered(conversation.turns),
            HumanMessage(message),
        ]


def quote(text: str, length: int = QUOTE_LENGTH) -> str:
    """The text, or as many of its whole sentences as fit."""
    if len(text) <= length:
        return text
    cut = max(text.rfind(end, 0, length) for end in (". ", ".\n", "! ", "? ", "\n"))
    return text[: cut + 1].strip() if cut > 0 else f"{text[: length - 1].strip()}…"


def _answer(match: IntentMatch, **fields: Any) -> Answer:
    return Answer(intent=match.name, confidence=match.confidence, sentiment=match.sentiment, **fields)


def _citation(passage: Passage) -> Citation:
    return Citation(title=passage.title, source=passage.source, quote=quote(passage.text))


def _clarified_in_a_row(conversation: Conversation) -> int:
    count = 0
    for turn in reversed(conversation.turns):
        if turn.answer is None or turn.answer.step != "clarified":
            break
        count += 1
    return count
