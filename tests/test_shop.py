"""The sample business: it loads, and answers natural questions from the right document without any model."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from punai import Answer, Conversation, Tenant, Turn
from punai.business import read_pack
from punai.knowledge.folder import Folder
from punai.pipeline import Pipeline
from punai.plugin_manager import PluginManager

PLUGINS = Path(__file__).parents[1] / "plugins"
NOTHING_SAID = Conversation(id="c", user_id="u", created_at=datetime(2026, 1, 31, tzinfo=UTC))


@pytest.fixture(scope="module")
def shop() -> Tenant:
    return read_pack(PLUGINS / "shop")


@pytest.fixture(scope="module")
def pipeline(shop: Tenant) -> Pipeline:
    return Pipeline(PluginManager(PLUGINS, packs=[shop.id]).business(shop))


def answer(pipeline: Pipeline, message: str) -> Answer:
    match = pipeline.understand(message, NOTHING_SAID)
    passages = pipeline.recall(message, NOTHING_SAID, match)
    return pipeline.answer(message, NOTHING_SAID, match, passages).answer


def test_shop_has_what_a_real_shop_has(shop: Tenant) -> None:
    assert len(shop.intents) >= 10
    assert all(len(intent.examples) >= 10 for intent in shop.intents)
    assert any(intent.reply for intent in shop.intents)
    assert any(intent.escalate for intent in shop.intents)


def test_every_document_of_the_shop_is_read(shop: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    passages = Folder(PLUGINS / shop.id / "knowledge", shop.languages).library().index.passages
    assert not caplog.records
    files = {path.name for path in (PLUGINS / shop.id / "knowledge").iterdir()}
    assert {passage.source for passage in passages} == files
    assert len(files) >= 8


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("How long does delivery take?", "delivery.md"),
        ("what does shipping cost", "delivery.md"),
        ("how much is express delivery", "delivery.md"),
        ("Do you deliver to the USA?", "faq.csv"),
        ("When do I get my money back?", "refunds.md"),
        ("can I return my order in the shop", "returns.md"),
        ("do you take paypal", "payment.md"),
        ("can i pay in instalments?", "payment.md"),
        ("My voucher code doesn't work, what can I do?", "vouchers.md"),
        ("how long is the warranty on a cast iron pan", "warranty.md"),
        ("are you open on Sundays?", "opening-hours.md"),
        ("I forgot my password", "accounts.md"),
        ("which data do you keep about me?", "privacy.md"),
        ("how do I descale my espresso machine", "product-care.md"),
        ("which grinder should I buy for espresso", "choosing.md"),
        ("where is my parcel, it has not arrived", "orders.md"),
        ("can I cancel my order?", "orders.md"),
        ("The carafe arrived broken, what should I do", "damaged-items.md"),
        ("what is your phone number", "contact.md"),
    ],
)
def test_question_is_answered_from_the_right_document(pipeline: Pipeline, question: str, source: str) -> None:
    given = answer(pipeline, question)
    assert given.answered_by == "documents"
    [citation] = given.citations
    assert citation.source == source
    assert citation.quote in given.reply


@pytest.mark.parametrize(
    ("message", "intent"), [("hi there", "greeting"), ("thanks a lot!", "gratitude"), ("bye", "goodbye")]
)
def test_small_talk_is_answered_in_the_shops_own_words(
    pipeline: Pipeline, shop: Tenant, message: str, intent: str
) -> None:
    given = answer(pipeline, message)
    assert (given.answered_by, given.intent) == ("reply", intent)
    assert given.reply in {known.reply for known in shop.intents}


@pytest.mark.parametrize(
    "message", ["what is the capital of France", "qwertz uiop", "tell me a joke about cats"]
)
def test_shop_does_not_answer_what_is_not_its_business(pipeline: Pipeline, message: str) -> None:
    given = answer(pipeline, message)
    assert (given.answered_by, given.step, given.citations) == ("fallback", "clarified", ())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("I'm reporting you to trading standards", "threat"),
        ("let me talk to a person", "person_requested"),
        ("the espresso machine does not heat, and the machine leaks", None),
        ("there is no moka pot in my parcel", None),
    ],
)
def test_shop_brings_in_a_human_where_one_is_needed(
    pipeline: Pipeline, message: str, reason: str | None
) -> None:
    match = pipeline.understand(message, NOTHING_SAID)
    given = pipeline.business.should_escalate(
        message=message,
        intent=match,
        passages=pipeline.recall(message, NOTHING_SAID, match),
        conversation=NOTHING_SAID,
        tenant=pipeline.tenant,
    )
    assert given == reason


def test_what_the_chat_suggests_is_answered_from_documents(pipeline: Pipeline, shop: Tenant) -> None:
    assert shop.chat.suggestions
    sources = set()
    for suggestion in shop.chat.suggestions:
        given = answer(pipeline, suggestion)
        assert given.answered_by == "documents", suggestion
        sources.add(given.citations[0].source)
    assert len(sources) == len(shop.chat.suggestions)


def test_the_chat_has_the_shops_own_face(shop: Tenant) -> None:
    assert shop.chat.logo
    assert shop.chat.logo.startswith("data:image/svg+xml;base64,")
    assert shop.chat.welcome
    assert shop.name in shop.chat.welcome


def test_follow_up_is_answered_from_the_document_before_it(pipeline: Pipeline) -> None:
    question = "how long does a refund take?"
    turn = Turn(
        conversation_id="c",
        message_id="m",
        user_id="u",
        text=question,
        at=NOTHING_SAID.created_at,
        answer=answer(pipeline, question),
    )
    said = NOTHING_SAID.model_copy(update={"turns": (turn,)})
    found = {}
    for before in (NOTHING_SAID, said):
        match = pipeline.understand("and by PayPal?", before)
        passages = pipeline.recall("and by PayPal?", before, match)
        found[len(before.turns)] = {passage.id: passage.score for passage in passages}
    about = "refunds.md#how-long-a-refund-takes"
    assert found[1][about] > found[0].get(about, 0.0)
