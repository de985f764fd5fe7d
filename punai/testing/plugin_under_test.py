"""A plugin loaded by its path, as PunAI loads it, with what it registers."""

import atexit
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pluggy

from punai import hookspecs
from punai.plugin_manager import LoadedPlugin, PluginManager
from punai.ports import Channel, ConfigurationError, EscalationHandler
from punai.sources import KnowledgeSource
from punai.tenant import Tenant
from punai.testing.samples import SampleBusiness

TABLE = "[tool.punai.test]"
"""Where a project's pyproject.toml says how its plugin is to be tested."""


@dataclass(frozen=True)
class Trial:
    """What `[tool.punai.test]` says, all of it optional.

    `settings` are the business's, by section; `answer` is what the stand-in for its service answers,
    `question` one that its sources of knowledge can answer, `store` the address of an empty database.
    """

    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answer: Mapping[str, Any] | list[Any] | None = None
    question: str | None = None
    store: str | None = None


@dataclass(frozen=True)
class PluginUnderTest:
    """The plugins of a path, which are mostly one, and what they register by name."""

    plugins: tuple[LoadedPlugin, ...]
    trial: Trial
    handlers: Mapping[str, EscalationHandler]
    sources: Mapping[str, KnowledgeSource]
    channels: Mapping[str, Channel]
    hook: Any
    """Calls the hooks of these plugins alone."""

    def implements(self, hook: str) -> bool:
        """Whether one of them has this hook."""
        return any(hook in plugin.hooks for plugin in self.plugins)

    def business(self, service: str) -> Tenant:
        """A business with the settings of the trial, for a service at this address."""
        settings = {"model": {"name": "local"}, **self.trial.settings}
        return SampleBusiness(id="sample", name="Sample Shop", settings=settings, service=service)


def load(path: Path) -> PluginUnderTest:
    """Load a file, a package's folder, or a project with entry points in its pyproject.toml.

    Raises:
        ConfigurationError: there is no plugin, it cannot be imported, or it is not as plugins have to be.
    """
    folder = Path(tempfile.mkdtemp(prefix="punai-plugin-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # until then the plugin is used
    project = path / "pyproject.toml"
    if project.is_file():
        names, trial = _announce(project, folder)
        manager = PluginManager(folder / "none")
        found = [plugin for plugin in manager.loaded() if plugin.name in names and not plugin.built_in]
    elif (path.suffix == ".py" and path.is_file()) or (path / "__init__.py").is_file():
        # Alone in a folder: its neighbours are not to be tested. A link, as it may read files of its own.
        (folder / path.name.lstrip("_.")).symlink_to(path)
        trial, manager = _trial_near(path), PluginManager(folder)
        found = [plugin for plugin in manager.loaded() if plugin.origin.startswith(str(folder))]
    else:
        raise ConfigurationError(
            f"{path} is no plugin: give a .py file, a package's folder, or a project's with a pyproject.toml"
        )
    return _registered(tuple(found), trial, manager)


def _announce(project: Path, folder: Path) -> tuple[set[str], Trial]:
    """Make the project known as if it was installed: its names in the entry point group, and its trial."""
    content = _read(project)
    about = content.get("project", {})
    entries: dict[str, str] = about.get("entry-points", {}).get("punai", {})
    if not entries or "name" not in about:
        raise ConfigurationError(
            f'{project}: it announces no plugin; add [project.entry-points.punai] with NAME = "MODULE"'
        )
    name, version = about["name"], about.get("version", "0")
    installed = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    installed.mkdir()
    lines = [f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in about.get("dependencies", ())]
    (installed / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines, ""]), encoding="utf-8")
    announced = "".join(f"{entry} = {target}\n" for entry, target in entries.items())
    (installed / "entry_points.txt").write_text(f"[punai]\n{announced}", encoding="utf-8")
    # First of all, so that an older version of it that is installed here is not the one that is tested.
    sys.path[:0] = [str(folder), str(project.parent / "src"), str(project.parent)]
    return set(entries), _trial(content, project)


def _trial_near(path: Path) -> Trial:
    """What the pyproject.toml above a plugin's file says, if there is one."""
    projects = (folder / "pyproject.toml" for folder in path.parents)
    nearest = next(filter(Path.is_file, projects), None)
    return _trial(_read(nearest), nearest) if nearest else Trial()


def _read(project: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(project.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{project}: {error}") from error


def _trial(content: Mapping[str, Any], project: Path) -> Trial:
    try:
        return Trial(**content.get("tool", {}).get("punai", {}).get("test", {}))
    except TypeError as error:
        known = ", ".join(Trial.__dataclass_fields__)
        raise ConfigurationError(f"{project}: {TABLE} may have {known}; {error}") from error


def _registered(plugins: tuple[LoadedPlugin, ...], trial: Trial, manager: PluginManager) -> PluginUnderTest:
    alone = pluggy.PluginManager("punai")
    alone.add_hookspecs(hookspecs)
    for plugin in plugins:
        # Without the guards around its hooks: a test has to see what a customer's turn is spared.
        hooks = {name: hook.__wrapped__ for name, hook in vars(plugin.proxy).items() if name != "hooks"}
        alone.register(SimpleNamespace(**hooks))
    parts: dict[str, dict[str, Any]] = {"handlers": {}, "sources": {}, "channels": {}}
    under_test = PluginUnderTest(plugins, trial, hook=alone.hook, **parts)
    own = under_test.business("http://127.0.0.1:9").model_copy(
        update={"plugins": tuple(plugin.name for plugin in plugins)}
    )
    manager.business(own)  # which refuses what cannot be registered
    register: dict[str, Callable[..., Any]] = {
        "handlers": alone.hook.register_escalation_handlers,
        "sources": alone.hook.register_knowledge,
        "channels": alone.hook.register_channels,
    }
    for kind, hook in register.items():
        hook(register=parts[kind].setdefault)
    return under_test
