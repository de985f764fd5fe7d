"""The domain's types: what they refuse, and what they work out."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from punai import models
from punai.models import Answer, Delivery, Inbound, Intent, IntentMatch, Line, Model, Passage
from punai.tenant import ConversationSettings, Tenant, Thresholds

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
TYPES = [thing for thing in vars(models).values() if isinstance(thing, type) and issubclass(thing, Model)]


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_frozen_and_refuses_unknown_fields(kind: type[Model]) -> None:
    assert kind.model_config["frozen"]
    assert kind.model_config["extra"] == "forbid"
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind.model_validate({"never_heard_of": 1})


def test_value_cannot_be_changed() -> None:
    message = Inbound(user_id="u", text="hello")
    with pytest.raises(ValidationError, match="frozen"):
        message.text = "other words"  # type: ignore[misc]  # that is what must fail


def test_words_are_trimmed_before_they_are_measured() -> None:
    assert Inbound(user_id="u", text="  hello \n").text == "hello"
    assert len(Inbound(user_id="u", text="\t" + "x" * 4000 + "  ").text) == 4000


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "x" * 4001, "half a pair \ud800", 5, None])
def test_message_without_words_or_with_too_many_is_refused(text: Any) -> None:
    with pytest.raises(ValidationError):
        Inbound(user_id="u", text=text)


@pytest.mark.parametrize("text", ["👍", "你好", "مرحبا", "a\x00b", "<script>", "{{7*7}}", "' OR 1=1 --"])
def test_odd_words_are_words(text: str) -> None:
    assert Inbound(user_id="u", text=text).text == text


@pytest.mark.parametrize("field", ["user_id", "conversation_id", "message_id"])
@pytest.mark.parametrize("value", ["", "x" * 129, "\udfff", 7])
def test_identifier_has_1_to_128_characters(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        Inbound.model_validate({"user_id": "u", "text": "hello", field: value})


def test_identifier_of_128_characters_is_accepted() -> None:
    assert Inbound(user_id="ü" * 128, text="hello").user_id == "ü" * 128


@pytest.mark.parametrize("name", ["a", "order_status", "FAQ.delivery-costs", "9", "a" * 64])
def test_intent_name_may_hold_letters_digits_and_three_signs(name: str) -> None:
    assert Intent(name=name, description="d", examples=("x",)).name == name


@pytest.mark.parametrize("name", ["", "a b", "-a", ".a", "_a", "a/b", "ä", "a\n", "a" * 65])
def test_other_intent_names_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Intent(name=name, description="d", examples=("x",))


@pytest.mark.parametrize(
    "wrong",
    [
        {"examples": ()},
        {"examples": ("  ",)},
        {"examples": ("x" * 4001,)},
        {"description": " "},
        {"description": "d" * 501},
        {"reply": ""},
    ],
)
def test_intent_without_substance_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Intent.model_validate({"name": "a", "description": "d", "examples": ("x",), **wrong})


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), float("inf"), "high"])
def test_fractions_lie_between_0_and_1(value: Any) -> None:
    with pytest.raises(ValidationError):
        IntentMatch(confidence=value)
    with pytest.raises(ValidationError):
        Passage(id="1", title="t", source="s", text="x", score=value)
    with pytest.raises(ValidationError):
        Thresholds(intent=value)


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="a time needs its zone"):
        Line(role="customer", text="hello", at=datetime(2026, 1, 31, 12, 0))


def test_time_is_kept_in_utc() -> None:
    in_delhi = datetime(2026, 1, 31, 17, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    kept = Delivery(handler="log", due_at=in_delhi).due_at
    assert (kept, kept.tzinfo) == (NOON, UTC)


def test_blocks_are_told_apart_by_their_type() -> None:
    blocks = [{"type": "steps", "items": ["one", "two"]}, {"type": "card", "title": "A pan"}]
    answer = Answer.model_validate({"reply": "r", "answered_by": "model", "blocks": blocks})
    assert [type(block).__name__ for block in answer.blocks] == ["Steps", "Card"]
    with pytest.raises(ValidationError):
        Answer.model_validate({"reply": "r", "answered_by": "model", "blocks": [{"type": "html"}]})


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_retention_lies_between_a_day_and_ten_years(days: int) -> None:
    with pytest.raises(ValidationError):
        Tenant(id="t", name="T", retain_days=days)


@pytest.mark.parametrize("hours", [0, -1, 24 * 365 + 1, float("nan")])
def test_idle_hours_lie_between_nothing_and_a_year(hours: float) -> None:
    with pytest.raises(ValidationError):
        ConversationSettings(idle_hours=hours)


def test_tenant_is_idle_after_its_hours() -> None:
    assert Tenant(id="t", name="T").idle == timedelta(days=1)
    half = Tenant(id="t", name="T", conversation=ConversationSettings(idle_hours=0.5))
    assert half.idle == timedelta(minutes=30)


def test_setting_is_a_string_whatever_toml_made_of_it() -> None:
    tenant = Tenant(id="t", name="T", settings={"crm": {"url": "https://crm.example", "port": 8080}})
    assert tenant.setting("crm", "url") == "https://crm.example"
    assert tenant.setting("crm", "port") == "8080"


def test_setting_that_is_not_set_is_its_default() -> None:
    tenant = Tenant(id="t", name="T", settings={"crm": {"url": "u"}})
    assert tenant.setting("crm", "key", "none") == "none"
    assert tenant.setting("slack", "url", "") == ""


@pytest.mark.parametrize(("section", "key"), [("crm", "key"), ("slack", "webhook_url")])
def test_missing_setting_says_where_to_set_it(section: str, key: str) -> None:
    tenant = Tenant(id="acme", name="T", settings={"crm": {"url": "u"}})
    expected = rf"set {key} under \[settings.{section}\] in the business.toml of acme"
    with pytest.raises(LookupError, match=expected):
        tenant.setting(section, key)


def test_setting_by_reference_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_KEY", "s3cret")
    tenant = Tenant(id="t", name="T", settings={"crm": {"key": "env:CRM_KEY"}})
    assert tenant.setting("crm", "key") == "s3cret"
