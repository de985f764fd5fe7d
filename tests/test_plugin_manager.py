"""Plugins: found, loaded in order, refused when they are wrong, and seen by their tenants alone."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from punai import Conversation, Intent, IntentMatch, Tenant
from punai.plugin_manager import HOOKS, Business, LoadedPlugin, PluginManager
from punai.ports import ConfigurationError

ANSWERING = """
from punai import Intent, hookimpl

@hookimpl
def should_escalate():
    return "{reason}"

@hookimpl
def register_intents(register):
    for name in ("{reason}", "shared"):
        register(name, Intent(name=name, description="{reason}", examples=("x",)))
"""
HOOKIMPL = "from punai import Intent, hookimpl\n\n@hookimpl\n"
INTENT = "Intent(name='a', description='d', examples=('?',))"
OTHER = INTENT.replace("'a'", "'other'")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins"
    folder.mkdir()
    return folder


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where packages are installed."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    for name in ("planted", "broken_elsewhere"):  # as another test left them
        sys.modules.pop(name, None)
    return site


def write(folder: Path, name: str, code: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, encoding="utf-8", errors="surrogateescape")
    return str(path)


def install(site: Path, name: str, code: str, *, target: str = "planted") -> None:
    """What pip leaves behind for a distribution that offers a plugin in the module `planted`."""
    write(site, "planted.py", code)
    write(site, f"{name}-1.2.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    write(site, f"{name}-1.2.dist-info/entry_points.txt", f"[punai]\n{name} = {target}\n")


def refusal(folder: Path, tenant: Tenant | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        PluginManager(folder).business(tenant or acme())
    assert len(str(refused.value).splitlines()) == 1
    return str(refused.value)


def acme(**fields: Any) -> Tenant:
    return Tenant.model_validate({"id": "acme", "name": "Acme", **fields})


def reason(business: Business, message: str = "hello") -> Any:
    conversation = Conversation(id="c", user_id="u", created_at=datetime(2026, 1, 31, tzinfo=UTC))
    asked = {"intent": IntentMatch(), "passages": (), "conversation": conversation, "tenant": business.tenant}
    return business.should_escalate(message=message, **asked)


def local(manager: PluginManager) -> list[LoadedPlugin]:
    return [plugin for plugin in manager.loaded() if not plugin.built_in]


@pytest.mark.parametrize("missing", [True, False])
def test_built_ins_are_there_with_an_empty_folder_or_none(folder: Path, missing: bool) -> None:
    manager = PluginManager(folder / "nowhere" if missing else folder)
    assert {plugin.origin for plugin in manager.loaded()} == {"built in"}
    business = manager.business(acme())
    assert {"log", "sns_email"} <= business.handlers.keys()
    assert "documents" in business.knowledge
    assert "talk_to_human" in business.intents
    assert business.model is None
    assert reason(business, "let me talk to a human") == "person_requested"


def test_modules_and_packages_are_plugins_and_nothing_else_is(folder: Path) -> None:
    for name in ("b.py", "a/__init__.py", "_draft.py", ".hidden.py", "_off/__init__.py"):
        write(folder, name, ANSWERING.format(reason="x"))
    for name in ("README.md", "data/words.txt", "__pycache__/a.cpython-311.pyc", "b.pyc", "b.txt"):
        write(folder, name, "")
    manager = PluginManager(folder)
    [package, module] = local(manager)
    assert (package.name, module.name) == ("a", "b")
    assert package.origin == str(folder / "a" / "__init__.py")
    assert (module.origin, module.hooks) == (str(folder / "b.py"), ("register_intents", "should_escalate"))


def test_package_may_import_its_own_modules(folder: Path) -> None:
    write(folder, "big-one/__init__.py", "from .words import should_escalate\n")
    write(folder, "big-one/words.py", HOOKIMPL + "def should_escalate(): return 'mine'\n")
    assert reason(PluginManager(folder).business(acme())) == "mine"


def test_most_local_plugin_is_asked_first(folder: Path, site: Path) -> None:
    install(site, "planted", ANSWERING.format(reason="installed"))
    tenant = acme()
    assert reason(PluginManager(folder).business(tenant)) == "installed"
    write(folder, "zoo.py", ANSWERING.format(reason="folder"))
    assert reason(PluginManager(folder).business(tenant)) == "folder"
    write(folder, "acme/__init__.py", ANSWERING.format(reason="pack"))
    manager = PluginManager(folder, packs=["acme"])
    business = manager.business(acme(intents=[{"name": "pack", "description": "toml", "examples": ("x",)}]))
    assert [plugin.name for plugin in local(manager)] == ["planted", "zoo", "acme"]
    assert reason(business) == "pack"
    assert business.intents["shared"].description == "pack"
    assert business.intents["pack"].description == "toml"
    assert {"installed", "folder", "greeting"} <= business.intents.keys()


def test_installed_plugin_may_be_an_object_and_is_told_by_its_distribution(folder: Path, site: Path) -> None:
    code = "class Crm:\n    @hookimpl\n    def should_escalate(self): return 'vip'\n\ncrm = Crm()\n"
    install(site, "planted", f"from punai import hookimpl\n{code}", target="planted:crm")
    manager = PluginManager(folder)
    [plugin] = local(manager)
    assert (plugin.name, plugin.origin) == ("planted", "installed: planted 1.2")
    assert (plugin.pack, plugin.hooks) == (None, ("should_escalate",))
    assert reason(manager.business(acme())) == "vip"


@pytest.mark.parametrize("target", ["planted", "nowhere", "planted:nothing"])
def test_installed_plugin_that_cannot_be_imported_is_told_by_its_distribution(
    target: str, folder: Path, site: Path
) -> None:
    install(site, "planted", "1 / 0" if target == "planted" else "", target=target)
    assert refusal(folder).startswith("installed: planted 1.2: on import: ")


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("1 / 0", ": on import: ZeroDivisionError: division by zero"),
        ("import no_such_module", ": on import: ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(3)", ": on import: SystemExit: 3"),
        ("raise ValueError('one\\n two')", ": on import: ValueError: one two"),
        (f"from punai import Intent\n{INTENT.replace('?', '')}", ": ValidationError: 2 validation errors"),
        ("x = 1\ndef broken(:\n", ":2: invalid syntax"),
        ("if True:\nx = 1\n", ":2: expected an indented block after 'if' statement on line 1"),
        ("x = '\x00'", "source code string cannot contain null bytes"),
        ("x = '\udcff'", ":1: (unicode error) 'utf-8' codec can't decode byte 0xff"),
        ("import broken_elsewhere", "broken_elsewhere.py:3: "),
    ],
)
def test_plugin_that_cannot_be_imported_is_told_with_its_place(
    code: str, complaint: str, folder: Path, site: Path
) -> None:
    write(site, "broken_elsewhere.py", "\n\ndef (\n")
    path = write(folder, "crm.py", code)
    message = refusal(folder)
    assert message.startswith(f"{path}:")
    assert complaint in message


@pytest.mark.parametrize(
    ("misspelt", "hint"),
    [
        ("should_escalte", "did you mean should_escalate?"),
        ("shouldEscalate", "did you mean should_escalate?"),
        ("register_intent", "did you mean register_intents?"),
        ("register_handlers", "did you mean register_"),
        ("zzz", f"the hooks are {', '.join(HOOKS)}"),
    ],
)
def test_misspelt_hook_stops_the_start_with_the_nearest_name(misspelt: str, hint: str, folder: Path) -> None:
    path = write(folder, "crm.py", HOOKIMPL + f"def {misspelt}(): pass\n")
    assert refusal(folder).startswith(f"{path}: there is no hook {misspelt}; {hint}")


def test_argument_that_the_hook_does_not_have_stops_the_start(folder: Path) -> None:
    path = write(folder, "crm.py", HOOKIMPL + "def should_escalate(message, passage): pass\n")
    assert re.match(f"{path}: .*should_escalate.*{{'passage'}}", refusal(folder))


@pytest.mark.parametrize(
    ("hook", "call", "complaint"),
    [
        ("register_intents", f"register('', {INTENT})", "register(name, ...) needs a name, not ''"),
        ("register_intents", f"register(5, {INTENT})", "register(name, ...) needs a name, not 5"),
        ("register_intents", "register('a', 'x')", "TypeError: register('a', ...) was given a str"),
        ("register_intents", "register('a')", "TypeError: "),
        ("register_intents", f"register('b', {INTENT})", "register('b', ...) was given the intent 'a'; the "),
        ("register_intents", f"register('other', {OTHER})", "the two names must be one, and not 'other'"),
        ("register_intents", INTENT.replace("?", ""), "ValidationError: 2 validation errors for Intent exa"),
        ("register_knowledge", "register('a', 'docs')", "TypeError: register('a', ...) was given a str"),
        ("register_channels", "register('a', print)", "was given a builtin_function_or_method"),
        ("register_escalation_handlers", "register('a', None)", "was given a NoneType"),
        ("chat_model", "return 'gpt-4.1-mini'", "chat_model returned a str"),
        ("chat_model", "1 / 0", "chat_model raised ZeroDivisionError: division by zero"),
    ],
)
def test_plugin_that_registers_rubbish_stops_the_start(
    hook: str, call: str, complaint: str, folder: Path
) -> None:
    argument = "tenant" if hook == "chat_model" else "register"
    write(folder, "crm.py", HOOKIMPL + f"def {hook}({argument}): {call}\n")
    message = refusal(folder)
    assert message.startswith(f"plugin crm: {hook} ")
    assert complaint in message


def test_packs_code_serves_its_own_tenant_alone(folder: Path) -> None:
    write(folder, "acme/__init__.py", ANSWERING.format(reason="acmes_own"))
    manager = PluginManager(folder, packs=["acme", "rival"])
    own, rival = manager.business(acme()), manager.business(acme(id="rival"))
    assert (reason(own), reason(rival)) == ("acmes_own", None)
    assert "acmes_own" in own.intents
    assert "acmes_own" not in rival.intents
    assert reason(rival, "let me talk to a human") == "person_requested"


def test_tenant_runs_only_the_plugins_it_enabled(folder: Path, site: Path) -> None:
    install(site, "planted", ANSWERING.format(reason="installed"))
    write(folder, "slack.py", ANSWERING.format(reason="slack"))
    manager = PluginManager(folder)
    assert reason(manager.business(acme())) == "slack"
    assert reason(manager.business(acme(plugins=["planted"]))) == "installed"
    assert reason(manager.business(acme(plugins=["planted", "slack"]))) == "slack"
    nothing = manager.business(acme(plugins=[]))
    assert reason(nothing) is None
    assert nothing.intents.keys().isdisjoint({"installed", "slack"})
    assert {"log", "sns_email"} <= nothing.handlers.keys()


@pytest.mark.parametrize("name", ["rules", "acme"])
def test_plugin_left_out_takes_nobody_of_its_name_with_it(name: str, folder: Path, site: Path) -> None:
    install(site, name, ANSWERING.format(reason="installed"))
    write(folder, "acme/__init__.py", HOOKIMPL + "def should_escalate(message): return message[:3]\n")
    manager = PluginManager(folder, packs=["acme"])
    assert reason(manager.business(acme(plugins=[]))) == "hel"
    assert reason(manager.business(acme(id="rival", plugins=[])), "talk to a human") == "person_requested"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"plugins": ["slak"]}, "plugins: nothing is called 'slak'; did you mean 'slack'?"),
        ({"plugins": ["zzz"]}, "plugins: nothing is called 'zzz'; there are: slack"),
        ({"plugins": ["rules"]}, "plugins: nothing is called 'rules'; there are: slack"),
        (
            {"escalate_to": ["sns_mail"]},
            "escalate_to: nothing is called 'sns_mail'; did you mean 'sns_email'",
        ),
        (
            {"escalate_to": ["log", "zzz"]},
            "escalate_to: nothing is called 'zzz'; there are: freshdesk, github",
        ),
    ],
)
def test_tenant_that_asks_for_what_is_not_there_is_refused(
    fields: dict[str, Any], complaint: str, folder: Path
) -> None:
    write(folder, "slack.py", "")
    assert refusal(folder, acme(**fields)).startswith(f"acme: {complaint}")
    assert refusal(folder, acme(folder="plugins/acme", **fields)).startswith("plugins/acme/business.toml: ")


CONFIGURED = """
class Pager:
    def __call__(self, escalation, tenant):
        return "paged"

    def configured(self, tenant):
        {says}

@hookimpl
def register_escalation_handlers(register):
    register("pager", Pager())
"""


@pytest.mark.parametrize(
    ("says", "complaint"),
    [
        (
            "tenant.setting('pager', 'number')",
            "set number under [settings.pager] in the business.toml of acme",
        ),
        ("raise LookupError('the number is too short')", "the number is too short"),
        ("raise LookupError", "LookupError"),
        ("{}['number']", "KeyError: 'number'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_handler_that_misses_a_setting_stops_the_start(says: str, complaint: str, folder: Path) -> None:
    write(folder, "pager.py", "from punai import hookimpl\n" + CONFIGURED.replace("{says}", says))
    told = refusal(folder, acme(escalate_to=["log", "pager"], folder="plugins/acme"))
    assert told == f"plugins/acme/business.toml: handler 'pager': {complaint}"
    unused = PluginManager(folder).business(acme(escalate_to=["log"]))
    assert "pager" in unused.handlers  # nobody misses what nobody is told by


def test_intents_of_plugins_are_the_tenants_own(folder: Path) -> None:
    business = PluginManager(folder).business(acme())
    assert {intent.name for intent in business.tenant.intents} == business.intents.keys()
    assert isinstance(business.intents["talk_to_human"], Intent)


def test_store_that_nobody_opens_is_told_without_its_password(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'mongodb://jo:\*\*\*@db/x', which no plugin can open"):
        PluginManager(folder).open_store("mongodb://jo:s3cret@db/x")


def test_plugin_may_bring_a_store(folder: Path) -> None:
    code = HOOKIMPL + "def open_store(url): return Mongo() if url == 'mongodb://x' else None\n"
    write(folder, "mongo.py", f"class Mongo:\n    accept = None\n\n{code}")
    assert type(PluginManager(folder).open_store("mongodb://x")).__name__ == "Mongo"
