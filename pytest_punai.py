"""PunAI for pytest: `pytest --punai-plugin PATH` loads a plugin for PunAI's contracts and the fixtures below.

It stands outside the package `punai`, and imports it only where a plugin is given: pytest loads this file in
every project that PunAI is installed beside.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from punai.testing.plugin_under_test import PluginUnderTest

PARTS = {
    "punai_handler": "handlers",
    "punai_source": "sources",
    "punai_channel": "channels",
    "punai_classifier": "classify_message",
    "punai_store": "open_store",
}
"""Fixtures, each with what it is made of: those that are registered, or the hook."""

LOADED = pytest.StashKey["PluginUnderTest | None"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--punai-plugin PATH` and `--punai-report FILE`."""
    group = parser.getgroup("punai")
    group.addoption(
        "--punai-plugin",
        metavar="PATH",
        type=Path,
        help="the PunAI plugin to test: a file, a package, a project",
    )
    group.addoption("--punai-report", metavar="FILE", type=Path, help="write what PunAI's contracts found")


def pytest_configure(config: pytest.Config) -> None:
    """Load the plugin, if one is given."""
    path, report = config.getoption("--punai-plugin"), config.getoption("--punai-report")
    config.stash[LOADED] = None
    if path is None:
        return
    from punai.ports import ConfigurationError
    from punai.testing.plugin_under_test import load

    try:
        config.stash[LOADED] = loaded = load(path.absolute())
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from error
    if report is not None:
        config.pluginmanager.register(Report(report, loaded))


def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> list[Any] | None:
    """Leave out the contracts of parts that the plugin does not have."""
    part = getattr(obj, "punai_part", None)
    return [] if part in PARTS and not list(_names(collector.config, part)) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a part once for each that the plugin registers."""
    part = getattr(metafunc.cls, "punai_part", None)
    if part in PARTS and part not in metafunc.fixturenames:
        metafunc.fixturenames.append(part)  # it is named in what is reported
    for part in PARTS.keys() & metafunc.fixturenames:
        metafunc.parametrize(part, list(_names(metafunc.config, part)), indirect=True)


def _names(config: pytest.Config, part: str) -> Iterable[str]:
    loaded, kind = config.stash[LOADED], PARTS[part]
    if loaded is None:
        return ()
    if hasattr(loaded, kind):
        names: Iterable[str] = getattr(loaded, kind)
        return names
    return [plugin.name for plugin in loaded.plugins if kind in plugin.hooks][-1:]


@pytest.fixture(scope="session")
def punai_plugin(pytestconfig: pytest.Config) -> "PluginUnderTest":
    """The plugin of `--punai-plugin`."""
    loaded = pytestconfig.stash[LOADED]
    if loaded is None:
        pytest.skip("no plugin: pytest --punai-plugin PATH")
    return loaded


@pytest.fixture
def punai_handler(punai_plugin: "PluginUnderTest", request: pytest.FixtureRequest) -> Any:
    """Each of its escalation handlers."""
    return punai_plugin.handlers[request.param]


@pytest.fixture
def punai_source(punai_plugin: "PluginUnderTest", request: pytest.FixtureRequest) -> Any:
    """Each of its sources of knowledge."""
    return punai_plugin.sources[request.param]


@pytest.fixture
def punai_channel(punai_plugin: "PluginUnderTest", request: pytest.FixtureRequest) -> Any:
    """Each of its channels."""
    return punai_plugin.channels[request.param]


@pytest.fixture
def punai_classifier(punai_plugin: "PluginUnderTest", request: pytest.FixtureRequest) -> Any:
    """Its hook `classify_message`, to be called by name."""
    return punai_plugin.hook.classify_message


@pytest.fixture
def punai_store(punai_plugin: "PluginUnderTest", request: pytest.FixtureRequest) -> Any:
    """Its hook `open_store`, to be called by name."""
    return punai_plugin.hook.open_store


class Report:
    """Writes what was found, a line of JSON for the plugins and one for each claim."""

    def __init__(self, path: Path, loaded: "PluginUnderTest") -> None:
        self._path = path
        kept = ("name", "version", "origin", "hooks", "punai")
        plugins = [{name: getattr(plugin, name) for name in kept} for plugin in loaded.plugins]
        path.write_text(json.dumps(plugins) + "\n", encoding="utf-8")

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Say what the claim is about."""
        called = getattr(item, "callspec", None)  # of a test with parameters
        part = str(getattr(getattr(item, "cls", None), "punai_part", ""))
        name = str(called.params.get(part, "")) if called else ""
        claim = getattr(item, "originalname", item.name).removeprefix("test_").replace("_", " ")
        case = called.id.replace(name, "", 1).strip("-") if called else ""
        item.user_properties += [
            ("about", f"{part.removeprefix('punai_')} {name}".strip()),
            ("claim", f"{claim} ({case.replace('_', ' ')})" if case else claim),
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep how it went: a claim by itself, what is around it only where that failed."""
        if report.when != "call" and report.passed:
            return
        line = {**dict(report.user_properties), "outcome": report.outcome, "text": _why(report)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _why(report: pytest.TestReport) -> str:
    told = report.longrepr
    if isinstance(told, tuple):
        return str(told[2]).removeprefix("Skipped: ")
    crash = getattr(told, "reprcrash", None)
    text = crash.message if crash else str(told or "")
    return re.sub(r"^(AssertionError|Failed): ", "", text.partition("\nassert ")[0]).strip()
