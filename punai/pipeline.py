"""Understand, recall, answer: from a customer's words to a draft, with at most one model call."""

import itertools
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from langchain_core.messages import BaseMessage

from punai import followup, ladder, request
from punai.agreement import best_guess, trust, weigh
from punai.deadline import call_within
from punai.grounding import Ungrounded, ground
from punai.knowledge.excerpt import excerpt
from punai.logs import event, log
from punai.models import OTHER, Answer, Citation, Conversation, Draft, IntentMatch, Passage, Turn, Usage
from punai.plugin_manager import Business
from punai.ports import PunaiError
from punai.proposer import Proposal, Proposer, Terms
from punai.sources import DocumentStore, Refreshable
from punai.summary import Summarizer

PASSAGES = 5
OPENERS = 4
QUOTE_LENGTH = 500
REPLY_LENGTH = 4000
SHORTEST_PROMISE = 12
"""Characters: less of a text than that may stand in any reply."""
_PLACE = re.compile(r"\{\w+\}")
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
        self.summarize = Summarizer(model, terms, self.tenant) if model else None

    def understand(self, message: str, conversation: Conversation) -> IntentMatch:
        """The intent by the local classifier; `other` where it is not sure enough to act on.

        Who sends back a suggestion has said what they want: no classifier knows better.
        """
        match, intents = self.guess(message, conversation.turns), self.business.intents
        chosen = ladder.picked(message, conversation, intents)
        if chosen != OTHER:
            return match.model_copy(update={"name": chosen, "confidence": 1.0})
        if match.name in intents and match.confidence >= self.tenant.thresholds.intent:
            return match
        likely = tuple(rival for rival in match.candidates if rival[0] in intents)
        return match.model_copy(update={"name": OTHER, "rivals": likely})

    def guess(self, message: str, history: Sequence[Turn] = ()) -> IntentMatch:
        """The local classifier's best guess, however unsure it is."""
        found: IntentMatch | None = self.business.classify_message(
            message=message, history=history, intents=self.business.intents, tenant=self.tenant
        )
        return found or IntentMatch()

    def recall(
        self, message: str, conversation: Conversation, match: IntentMatch, limit: int = PASSAGES
    ) -> tuple[Passage, ...]:
        """Passages that may answer, the surest source's best first. A source that fails is passed over.

        A follow-up, such as "and to Spain?", is searched together with the question that it goes on from.
        """
        about = self.business.intents[match.name].description if match.name != OTHER else ""
        topic = f"{followup.question_before(message, conversation)} {about}".strip()
        found = [
            followup.same_document_first(self._search(name, message, topic, limit), message, conversation)
            for name in self.business.knowledge
        ]
        found.sort(key=lambda passages: -passages[0].score if passages else 0)
        by_rank = itertools.chain.from_iterable(itertools.zip_longest(*found))
        return tuple(itertools.islice(filter(None, by_rank), limit))

    def look_up(self, question: str, limit: int = PASSAGES) -> tuple[Passage, ...]:
        """The passages that a conversation's first message finds: for owners, who test their documents."""
        nothing = Conversation(id="-", user_id="-", created_at=datetime.now(UTC))
        return self.recall(question, nothing, self.understand(question, nothing), limit)

    @cached_property
    def openers(self) -> tuple[str, ...]:
        """What a conversation may begin with: what the pack suggests, or else the first examples of its first
        intents that have a reply, or a passage that answers."""
        if self.tenant.chat.suggestions is not None:
            return self.tenant.chat.suggestions
        asked = (
            each for each in self.tenant.intents if each.name not in ladder.NO_QUESTION and not each.escalate
        )
        answered = (
            each.examples[0]
            for each in asked
            if each.reply or self._answering(self.look_up(each.examples[0]))
        )
        return tuple(itertools.islice(answered, OPENERS))

    def _search(self, name: str, message: str, topic: str, limit: int) -> Sequence[Passage]:
        def search() -> Sequence[Passage]:  # to the end within the deadline: a source may be a generator
            source = self.business.knowledge[name]
            if limit > PASSAGES and isinstance(source, DocumentStore):
                found = source.search(message, topic, self.tenant, limit)
            else:
                found = source(message, topic, self.tenant)
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
        local = self._local(message, conversation, match, passages)
        if self._proposer is None:
            return local
        try:
            asked = self._messages(message, conversation, match, passages)
            return self._checked(*self._proposer.ask(asked), message, conversation, match, passages)
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

    def _local(
        self, message: str, conversation: Conversation, match: IntentMatch, passages: Sequence[Passage]
    ) -> Draft:
        """A passage quoted under its title, a stock reply, the offer of a human, or the ladder."""
        if best := self._answering(passages):
            quote = excerpt(best.text, message, QUOTE_LENGTH)
            citation = Citation(title=best.title, source=best.source, quote=quote)
            reply = f"{best.title}\n\n{quote}"
            return Draft(answer=_answer(match, reply=reply, answered_by="documents", citations=(citation,)))
        if self._own_words(match):
            return self._reply_of(match)
        nothing = _answer(match, reply="", answered_by="fallback")
        guesses = ladder.suggestions(match.candidates, self.business.intents)
        if match.name != OTHER and not ladder.torn(match, guesses, conversation, self.tenant):
            return Draft(answer=ladder.offered(nothing, "offered_human", self.tenant))
        return ladder.climb(nothing, conversation, self.tenant, guesses)

    def _checked(
        self,
        proposal: Proposal,
        usage: Usage,
        message: str,
        conversation: Conversation,
        match: IntentMatch,
        passages: Sequence[Passage],
    ) -> Draft:
        """The proposal where it may be sent, and its wish for a human, as a wish, in any case.

        Its intent is weighed against the classifier's. Its words stay even where the intent is too uncertain:
        they may be right all the same, or ask what the customer means.
        """
        alone = trust(proposal.intent, proposal.confidence, proposal.evidence, message)
        intent, confidence = weigh(proposal.intent, alone, best_guess(match))
        unsure = confidence < self.tenant.thresholds.intent
        likely = ((intent, confidence), *match.candidates)
        understood = IntentMatch(
            name=OTHER if unsure else intent,
            confidence=confidence,
            rivals=likely,
            sentiment=proposal.sentiment,
        )
        draft = self._sendable(proposal, understood, message, conversation, passages)
        draft = draft.model_copy(update={"answer": draft.answer.model_copy(update={"usage": usage})})
        if proposal.needs_human or proposal.promises_human or self._repeats_a_promise(proposal.reply):
            return draft.model_copy(update={"wants_human": "model"})
        if unsure and draft.answer.answered_by == "model" and not draft.answer.citations:
            guesses = ladder.suggestions(likely, self.business.intents)
            return ladder.climb(draft.answer, conversation, self.tenant, guesses)
        escalates = not unsure and intent != OTHER and self.business.intents[intent].escalate
        return draft.model_copy(update={"wants_human": f"intent:{intent}"}) if escalates else draft

    def _sendable(
        self,
        proposal: Proposal,
        understood: IntentMatch,
        message: str,
        conversation: Conversation,
        passages: Sequence[Passage],
    ) -> Draft:
        """The model's words with what they rest on; where they rest on nothing, what can be said without."""
        reply = proposal.reply.strip()[:REPLY_LENGTH]
        cited = [(citation.passage_id, citation.quote) for citation in proposal.citations]
        said = "\n".join(turn.text for turn in conversation.turns)
        try:
            citations = ground(reply, cited, passages, message, said)
        except Ungrounded as error:
            event(
                "the model's answer was not sent",
                level=logging.WARNING,
                tenant=self.tenant.id,
                why=error.why,
            )
            return self._local(message, conversation, understood, passages)
        return Draft(answer=_answer(understood, reply=reply, answered_by="model", citations=citations))

    def _repeats_a_promise(self, reply: str) -> bool:
        """Whether a model says what it has seen PunAI say, in whatever language the business writes it."""
        texts = self.tenant.texts
        promises = (
            texts.handoff,
            texts.still_waiting,
            texts.contact_noted,
            *_PLACE.split(texts.handoff_closed),
        )
        return any(len(promise) > SHORTEST_PROMISE and promise in reply for promise in promises)

    def _messages(
        self, message: str, conversation: Conversation, match: IntentMatch, passages: Sequence[Passage]
    ) -> list[BaseMessage]:
        instructions = self.business.system_prompt(
            tenant=self.tenant, intent=match, conversation=conversation
        )
        examples = request.nearest(message, match.candidates, self.business.intents)
        return request.messages(instructions, examples, passages, conversation, message)


def _answer(match: IntentMatch, **fields: Any) -> Answer:
    return Answer(intent=match.name, confidence=match.confidence, sentiment=match.sentiment, **fields)
