"""Plugins that raise, hang or return rubbish while a customer waits: passed over, and the turn goes on."""

import time

import pytest

from punai import isolation, pipeline
from punai.ports import PunaiError
from punai.testing import OpenAIServer
from tests.house import DOCUMENTED, MODEL, UNDOCUMENTED, House, escalations_of, say

FAILING = {
    "raises": "raise RuntimeError('broken')",
    "hangs": "time.sleep(30)",
    "returns a number": "return 42",
    "returns a list of numbers": "return [42]",
}


@pytest.fixture(autouse=True)
def _short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    # Long enough for a busy machine, on which reading the documents alone takes a fifth of a second.
    monkeypatch.setattr(isolation, "SECONDS", 1.0)
    monkeypatch.setattr(pipeline, "SOURCE_SECONDS", 1.0)


@pytest.mark.parametrize("what", FAILING)
def test_a_failing_should_escalate_costs_itself(house: House, what: str) -> None:
    house.write_plugin("broken", f"@hookimpl\ndef should_escalate(message):\n    {FAILING[what]}\n")
    desk = house.open()
    assert say(desk, DOCUMENTED).answered_by == "documents"
    assert say(desk, "I want to talk to a person").status == "waiting"
    assert [found.reason for found in escalations_of(desk)] == ["person_requested"]


@pytest.mark.parametrize("what", FAILING)
def test_a_failing_classifier_gives_way_to_the_next(house: House, what: str) -> None:
    house.write_plugin("broken", f"@hookimpl\ndef classify_message(message):\n    {FAILING[what]}\n")
    assert say(house.open(), UNDOCUMENTED).intent == "order_status"


@pytest.mark.parametrize("what", FAILING)
def test_a_failing_prompt_gives_way_to_the_next(house: House, model: OpenAIServer, what: str) -> None:
    house.write_plugin("broken", f"@hookimpl\ndef system_prompt(tenant):\n    {FAILING[what]}\n")
    assert say(house.open(model=MODEL), UNDOCUMENTED).answered_by == "model"
    assert "You answer customers of Teashop" in model.requests[0]["messages"][0]["content"]


@pytest.mark.parametrize("what", FAILING)
def test_a_failing_source_is_passed_over(house: House, what: str) -> None:
    house.write_plugin("broken", source(FAILING[what]))
    answer = say(house.open(), DOCUMENTED)
    assert [citation.source for citation in answer.citations] == ["storage.md"]


@pytest.mark.parametrize("code", ["yield 42", "time.sleep(30)\n    yield 42", "raise OSError\n    yield"])
def test_a_lazy_source_that_fails_is_passed_over(house: House, code: str) -> None:
    house.write_plugin("lazy", source(code))
    started = time.perf_counter()
    answer = say(house.open(), DOCUMENTED)
    assert [citation.source for citation in answer.citations] == ["storage.md"]
    assert time.perf_counter() - started < 10


def test_a_failing_source_does_not_stop_the_start(house: House) -> None:
    house.write_plugin("broken", source("return [42]"))
    house.open().warm_up()


def test_a_source_of_a_plugins_own_answers(house: House, model: OpenAIServer) -> None:
    passage = 'Passage(id="faq-1", title="Tins", source="faq", text="Tins are recycled.", score=0.99)'
    house.write_plugin("faq", source(f"return [{passage}]"))
    assert say(house.open(), "qwertz").reply == "Tins\n\nTins are recycled."
    say(house.open(model=MODEL), UNDOCUMENTED)
    given = model.requests[0]["messages"][0]["content"]
    assert '<passage id="faq-1" title="Tins">\nTins are recycled.\n</passage>' in given


def test_a_source_with_a_weak_answer_does_not_silence_the_documents(house: House) -> None:
    passage = 'Passage(id="weak", title="Weak", source="weak", text="Hardly related.", score=0.1)'
    house.write_plugin("weak", source(f"return [{passage}]"))
    answer = say(house.open(), DOCUMENTED)
    assert [citation.source for citation in answer.citations] == ["storage.md"]


def test_a_weak_passage_of_one_source_does_not_hide_anothers_answer(house: House) -> None:
    passage = 'Passage(id="w", title="Weak", source="w", text="Something else.", score=0.1)'
    house.write_plugin("weak", source(f"return [{passage}]"))
    assert [citation.source for citation in say(house.open(), DOCUMENTED).citations] == ["storage.md"]


def test_a_source_is_told_what_the_question_is_about(house: House) -> None:
    asked = source("asked.append((question, topic, tenant.id))\n    return ()")
    house.write_plugin("curious", f"asked = []\n{asked}")
    desk = house.open()
    say(desk, UNDOCUMENTED)
    say(desk, "qwertz")
    assert house.plugin("curious").asked == [
        (UNDOCUMENTED, "where an order is", "teashop"),
        ("qwertz", "", "teashop"),
    ]


@pytest.mark.parametrize("confidence", ["1.5", "-1", "'very'", "float('nan')"])
def test_a_classifier_with_an_impossible_confidence_is_passed_over(house: House, confidence: str) -> None:
    code = f'return IntentMatch(name="allergy", confidence={confidence})'
    house.write_plugin("broken", f"@hookimpl\ndef classify_message(message):\n    {code}\n")
    assert say(house.open(), UNDOCUMENTED).intent == "order_status"


def test_an_intent_that_a_classifier_made_up_counts_as_other(house: House) -> None:
    code = 'return IntentMatch(name="nonsense", confidence=1.0, rivals=(("more", 0.9), ("allergy", 0.1)))'
    house.write_plugin("inventive", f"@hookimpl\ndef classify_message(message):\n    {code}\n")
    answer = say(house.open(), "qwertz")
    assert (answer.intent, answer.step) == ("other", "clarified")
    assert answer.suggestions == ("I had an allergic reaction to your tea",)


SOURCE_TO_REFRESH = """
class Wiki:
    def __init__(self, name):
        self.name, self.refreshed = name, []

    def __call__(self, question, topic, tenant):
        return ()

    def refresh(self, tenant):
        self.refreshed.append(tenant.id)
        {body}

wikis = [Wiki("first"), Wiki("second")]

@hookimpl
def register_knowledge(register):
    for wiki in wikis:
        register(wiki.name, wiki)
"""


def test_sources_that_keep_an_index_are_told_to_refresh_it(house: House) -> None:
    house.write_plugin("plain", source("return ()"))
    house.write_plugin("wiki", SOURCE_TO_REFRESH.format(body="pass"))
    house.open().pipelines["teashop"].refresh()
    assert [wiki.refreshed for wiki in house.plugin("wiki").wikis] == [["teashop"], ["teashop"]]


@pytest.mark.parametrize("what", ["raises", "hangs"])
def test_a_source_that_cannot_be_refreshed_costs_no_other_and_is_told_of(
    house: House, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "REFRESH_SECONDS", 1.0)
    failing = f"if self.name == 'first': {FAILING[what]}"
    house.write_plugin("wiki", SOURCE_TO_REFRESH.format(body=failing))
    kind = "RuntimeError" if what == "raises" else "TimeoutError"
    with pytest.raises(PunaiError, match=rf"^the knowledge of teashop was not refreshed: first: {kind}$"):
        house.open().pipelines["teashop"].refresh()
    assert [wiki.refreshed for wiki in house.plugin("wiki").wikis] == [["teashop"], ["teashop"]]


def source(body: str) -> str:
    return f"""
def search(question, topic, tenant):
    {body}

@hookimpl
def register_knowledge(register):
    register("of_the_test", search)
"""
