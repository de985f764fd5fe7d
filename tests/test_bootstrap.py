"""From settings to a desk that works, or one clear line."""

from pathlib import Path

import pytest

from punai import bootstrap
from punai.bootstrap import open_desk, read_tenants, shared_desk
from punai.models import Inbound
from punai.ports import ConfigurationError
from punai.testing import OpenAIServer
from tests.house import DOCUMENTED, MODEL, TEASHOP, House, answer_of, say


def test_a_bucket_of_documents_is_the_default_of_every_pack(house: House) -> None:
    house.write_pack("bakery", 'name = "Bakery"\n[settings.documents]\nbucket = "bakerys-own"\n')
    named = read_tenants(house.settings(documents="s3://everybodys")).values()
    assert [tenant.setting("documents", "bucket") for tenant in named] == ["bakerys-own", "everybodys"]
    assert "documents" not in read_tenants(house.settings())["teashop"].settings


@pytest.mark.parametrize("store", [None, "sqlite:///:memory:"])
def test_a_desk_opens_and_answers(house: House, store: str | None) -> None:
    settings = house.settings(**({"store": store} if store else {}))
    desk = open_desk(settings)
    turn = desk.receive("teashop", Inbound(user_id="ada", text=DOCUMENTED))
    desk.store.close()
    assert answer_of(turn).answered_by == "documents"
    assert (desk.default_tenant, desk.model_name, desk.store.name) == ("teashop", "local", "sqlite")


def test_opening_writes_nothing_and_asks_nobody(house: House, model: OpenAIServer) -> None:
    open_desk(house.settings(model=MODEL))
    assert not house.database.exists()
    assert model.calls == 0


def test_without_settings_the_environment_decides(
    house: House, model: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUNAI_PLUGINS", str(house.plugins))
    monkeypatch.setenv("PUNAI_STORE", f"sqlite:///{house.database}")
    assert open_desk().model_name == MODEL  # an API key is set
    monkeypatch.setenv("PUNAI_MODEL", "local")
    assert open_desk().model_name == "local"


def test_a_process_has_one_shared_desk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "open_desk", lambda: house.open())
    shared_desk.cache_clear()
    try:
        assert shared_desk() is shared_desk()
    finally:
        shared_desk.cache_clear()


@pytest.mark.parametrize("chosen", ["teashop", "bakery"])
def test_the_default_business_is_the_one_chosen(house: House, chosen: str) -> None:
    house.write_pack("bakery", 'name = "Bakery"\n')
    assert open_desk(house.settings(business=chosen)).default_tenant == chosen


def test_several_packs_and_none_chosen_is_one_clear_line(house: House) -> None:
    house.write_pack("bakery", 'name = "Bakery"\n')
    assert wrong(house) == (
        "PUNAI_BUSINESS is not set, and there are several packs; set it to one of: bakery, teashop"
    )


def test_a_business_that_is_not_there_is_one_clear_line(house: House) -> None:
    assert wrong(house, business="bakery") == "PUNAI_BUSINESS is 'bakery'; it may hold one of: teashop"


def test_no_pack_at_all_is_one_clear_line(house: House, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    message = wrong(house, plugins=tmp_path / "empty")
    assert "no folder holds a business.toml" in message
    assert "punai pack new" in message


def test_an_unknown_store_is_one_clear_line(house: House) -> None:
    assert wrong(house, store="redis://user:word@cache/0").startswith("PUNAI_STORE is ")
    assert "word" not in wrong(house, store="redis://user:word@cache/0")


@pytest.mark.parametrize(
    ("pack", "words"),
    [
        ('escalate_to = ["slak"]', ("escalate_to", "slak")),
        ('plugins = ["nothing"]', ("plugins", "nothing")),
        ("retain_days = 0", ("retain_days",)),
        ("[settings.model]\ntimeout = 0", ("timeout", "25")),
        ("[settings.model]\ntimeout = 60", ("timeout", "25")),
        ('[settings.model]\ntimeout = "soon"', ("timeout", "soon")),
        ('[settings.model]\nprice = "cheap"', ("price", "cheap", "0.40/1.60")),
        ('[settings.model]\nprice = "env:NOT_SET"', ("settings.model", "NOT_SET")),
    ],
)
def test_a_wrong_pack_is_one_clear_line(house: House, pack: str, words: tuple[str, ...]) -> None:
    top, table = ("", pack) if pack.startswith("[") else (pack, "")
    house.write_pack(text=f"{top}\n{TEASHOP}\n{table}\n")
    message = wrong(house)
    assert "\n" not in message
    for word in (f"{house.plugins / 'teashop'}/business.toml", *words):
        assert word in message


@pytest.mark.parametrize("name", ["openai:gpt-4.1-mini", "nonsense:model", "no-provider-at-all"])
def test_a_model_that_cannot_be_set_up_is_one_clear_line(house: House, name: str) -> None:
    message = wrong(house, model=name)
    assert name in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "code",
    [
        "@hookimpl\ndef register_knowledge(register):\n    raise ValueError('no index')\n",
        "@hookimpl\ndef register_knowledge(register):\n    register('x', 42)\n",
        "@hookimpl\ndef chat_model(tenant):\n    raise ValueError('no model')\n",
        "raise ValueError('on import')\n",
        "def broken(:\n",
        "@hookimpl\ndef shuold_escalate(message):\n    return None\n",
    ],
)
def test_a_broken_plugin_is_one_clear_line_that_names_it(house: House, code: str) -> None:
    house.write_plugin("broken", code)
    message = wrong(house)
    assert "broken" in message
    assert "\n" not in message


def test_a_pack_sets_its_own_model(house: House, model: OpenAIServer) -> None:
    house.write_pack(text=f'{TEASHOP}\n[settings.model]\nname = "openai:some-model"\ntimeout = 5\n')
    desk = house.open()
    assert desk.model_name == "openai:some-model"
    say(desk, "qwertz")
    assert model.requests[0]["model"] == "some-model"


def test_a_plugins_model_answers_whatever_is_set(house: House, model: OpenAIServer) -> None:
    house.write_plugin(
        "ours",
        """
from langchain_openai import ChatOpenAI

@hookimpl
def chat_model(tenant):
    return ChatOpenAI(model="ours", max_retries=0, timeout=10)
""",
    )
    assert say(house.open(), "qwertz").answered_by == "model"
    assert model.requests[0]["model"] == "ours"


def test_what_a_pack_leaves_out_comes_from_the_settings(house: House) -> None:
    house.write_pack(text=f"{TEASHOP}\n[settings.model]\ntimeout = 5\n[settings.other]\nkey = 1\n")
    tenant = read_tenants(house.settings(model=MODEL, link="https://desk.example.org"))["teashop"]
    assert [tenant.setting("model", key) for key in ("name", "timeout", "price")] == [MODEL, "5", "0.40/1.60"]
    assert tenant.setting("punai", "link") == "https://desk.example.org"
    assert tenant.setting("other", "key") == "1"


def wrong(house: House, **settings: object) -> str:
    """The line that stops the start."""
    with pytest.raises(ConfigurationError) as stopped:
        open_desk(house.settings(**settings))
    return str(stopped.value)
