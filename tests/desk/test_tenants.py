"""Several businesses at one desk: each answers with its own words, and none sees another's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from punai.models import Inbound
from punai.ports import NotFound
from punai.testing import OpenAIServer
from tests.house import DOCUMENTED, MODEL, TEASHOP, UNCLEAR, House, answer_of, proposal

BAKERY = """
name = "Bakery"

[[intents]]
name = "opening_hours"
description = "when the bakery is open"
examples = ["when are you open", "what are your opening hours"]
reply = "From six in the morning."

[[intents]]
name = "cake"
description = "ordering a cake"
examples = ["I would like to order a cake"]
"""


@pytest.fixture
def street(house: House) -> House:
    """A house with a second business in it."""
    house.write_pack("bakery", BAKERY, bread="# Keeping bread fresh\n\nBread stays fresh in a linen bag.\n")
    return house


def ask(message: str, user_id: str = "ada", conversation_id: str | None = "c", **more: str) -> Inbound:
    return Inbound(user_id=user_id, text=message, conversation_id=conversation_id, **more)


@pytest.mark.parametrize(
    ("chosen", "hours"),
    [("teashop", "We are open from nine to five, every day."), ("bakery", "From six in the morning.")],
)
def test_each_answers_with_its_own_words(street: House, chosen: str, hours: str) -> None:
    desk = street.open(business=chosen)
    assert desk.default_tenant == chosen
    assert answer_of(desk.receive(chosen, ask("when are you open"))).reply == hours


def test_documents_of_one_never_answer_for_another(street: House) -> None:
    desk = street.open(business="bakery")
    for tenant, source in (("teashop", "storage.md"), ("bakery", None)):
        answer = answer_of(desk.receive(tenant, ask(DOCUMENTED)))
        assert [citation.source for citation in answer.citations] == ([source] if source else [])
        assert ("tin" in answer.reply) == bool(source)


def test_a_model_sees_one_business_alone(street: House, model: OpenAIServer) -> None:
    desk = street.open(business="bakery", model=MODEL)
    desk.receive("teashop", ask("my tin of sencha is dented"))
    desk.receive("bakery", ask(UNCLEAR[0]))
    asked = str(model.requests[1])
    assert "cake" in asked
    for other in ("Teashop", "sencha", "allergy", "order_status", "storage.md"):
        assert other not in asked


def test_the_same_ids_in_two_businesses_are_two_conversations(street: House, model: OpenAIServer) -> None:
    desk = street.open(business="bakery", model=MODEL)
    model.script(proposal("tea?"), proposal("bread?"))
    replies = [
        answer_of(desk.receive(tenant, ask(UNCLEAR[0], message_id="m"))).reply
        for tenant in ("teashop", "bakery", "teashop", "bakery")
    ]
    assert replies == ["tea?", "bread?", "tea?", "bread?"]
    assert model.calls == 2


def test_a_conversation_of_one_is_not_there_for_another(street: House) -> None:
    desk = street.open(business="bakery")
    desk.receive("teashop", ask("I want to talk to a person"))
    for step in (desk.take_over, desk.hand_back, desk.close):
        with pytest.raises(NotFound):
            step("bakery", "c")
    assert desk.store.conversation(desk.tenants["bakery"], "c", history=1) is None
    assert desk.store.escalations(desk.tenants["bakery"]) == []
    assert len(desk.store.escalations(desk.tenants["teashop"])) == 1


def test_deliveries_of_every_business_are_attempted_with_its_own_settings(street: House) -> None:
    street.write_plugin(
        "bell",
        """
rung = []

def ring(escalation, tenant):
    rung.append((tenant.id, tenant.setting("bell", "tone"), escalation.user_id))
    return tenant.id

@hookimpl
def register_escalation_handlers(register):
    register("bell", ring)
""",
    )
    for name, pack in (("teashop", TEASHOP), ("bakery", BAKERY)):
        street.write_pack(name, f'escalate_to = ["bell"]\n{pack}\n[settings.bell]\ntone = "of {name}"\n')
    desk = street.open(business="bakery")
    for tenant in ("teashop", "bakery"):
        desk.receive(tenant, ask("I want to talk to a person", user_id=f"customer of {tenant}"))
    assert desk.deliver_due() == 2
    assert sorted(street.plugin("bell").rung) == [
        ("bakery", "of bakery", "customer of bakery"),
        ("teashop", "of teashop", "customer of teashop"),
    ]


def test_many_at_once_are_not_mixed_up(street: House, model: OpenAIServer) -> None:
    desk = street.open(business="bakery", model=MODEL)

    def echo(request: dict[str, list[dict[str, str]]]) -> dict[str, object]:
        system, last = request["messages"][0]["content"], request["messages"][-1]["content"]
        return proposal(f"{'Teashop' if 'Teashop' in system else 'Bakery'} to {last}?")

    model.default = echo

    def one(number: int) -> bool:
        tenant, name = (("teashop", "Teashop"), ("bakery", "Bakery"))[number % 2]
        turn = desk.receive(tenant, ask(f"{UNCLEAR[0]} {number}", f"user {number}", None))
        return answer_of(turn).reply == f"{name} to {UNCLEAR[0]} {number}?"

    with ThreadPoolExecutor(10) as threads:
        # Numbers as long as an order's: those of the customer's own may be repeated.
        assert all(threads.map(one, range(50_000, 50_030)))


def test_what_the_desk_says_of_itself_is_of_the_default_business(street: House, model: OpenAIServer) -> None:
    street.write_pack("bakery", f'{BAKERY}\n[settings.model]\nname = "local"\n')
    assert street.open(business="teashop", model=MODEL).model_name == MODEL
    assert street.open(business="bakery", model=MODEL).model_name == "local"
    assert street.open(business="teashop").model_name == "local"
    assert street.open(business="teashop").channels("teashop") == {"web", "webhook"}
