"""Plugins: loaded in order, filtered by tenant, and isolated, so that one costs only itself."""

import difflib
import functools
import importlib
import importlib.metadata
import importlib.util
import pkgutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from punai import __version__, hookspecs, version_gate
from punai.isolation import Isolated, in_one_line, isolate
from punai.models import OTHER, Intent
from punai.ports import Channel, Configurable, ConfigurationError, EscalationHandler, PunaiError, Store
from punai.routing import misnamed
from punai.settings import masked
from punai.sources import KnowledgeSource
from punai.tenant import Tenant

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

HOOKS = tuple(name for name, spec in vars(hookspecs).items() if hasattr(spec, "punai_spec"))


DECIDING = frozenset({"should_escalate", "feedback_received"})
"""The hooks by which a plugin asks for a human, for reasons of its own."""


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin in use. `pack` is the tenant it belongs to, None for one that serves every tenant; `punai` the
    versions of PunAI that it was written for, None where it does not say."""

    name: str
    version: str | None
    origin: str
    hooks: tuple[str, ...]
    punai: str | None
    pack: str | None
    built_in: bool
    proxy: Isolated


@dataclass(frozen=True, slots=True)
class Business:
    """A tenant with what its plugins gave it: the only view of plugins that a turn has."""

    tenant: Tenant
    intents: Mapping[str, Intent]
    knowledge: Mapping[str, KnowledgeSource]
    channels: Mapping[str, Channel]
    handlers: Mapping[str, EscalationHandler]
    model: "BaseChatModel | None"
    classify_message: Callable[..., Any]
    system_prompt: Callable[..., Any]
    should_escalate: Callable[..., Any]
    feedback_received: Callable[..., Any]


class PluginManager:
    """Loads built-in plugins, installed ones, then those of a folder: the most local is asked first."""

    def __init__(self, folder: Path, packs: Iterable[str] = ()) -> None:
        """Load everything.

        Args:
            folder: holds plugins (`*.py`, packages) and packs side by side.
            packs: names of the business packs in it; their code serves their own tenant alone.

        Raises:
            ConfigurationError: a plugin cannot be imported, implements a hook that does not exist, or was
                written for another PunAI.
        """
        self._manager = pluggy.PluginManager("punai")
        self._manager.add_hookspecs(hookspecs)
        self._plugins: list[LoadedPlugin] = []
        for name in _built_in_names():
            module = importlib.import_module(f"punai.builtin.{name}")
            if isolate(module, name).hooks:  # a module without hooks is part of its neighbour
                self._add(name, module, origin="built in", built_in=True, version=__version__)
        for entry in importlib.metadata.entry_points(group="punai"):
            origin = f"installed: {entry.dist.name} {entry.dist.version}" if entry.dist else "installed"
            punai = version_gate.written_for(entry.dist) if entry.dist else None
            version_gate.refuse_other_versions(punai, __version__, origin)
            version = entry.dist.version if entry.dist else None
            plugin = _imported(entry.load, origin)
            self._add(entry.name, plugin, origin=origin, version=version, punai=punai)
        # A pack's own code is more local than what its neighbours share.
        for name, path in sorted(_plugin_files(folder), key=lambda found: found[0] in packs):
            punai = version_gate.said_in(path)
            version_gate.refuse_other_versions(punai, __version__, str(path))
            module = _imported(functools.partial(_load_file, name, path), str(path))
            version = getattr(module, "__version__", None)
            pack = name if name in packs else None
            self._add(name, module, origin=str(path), pack=pack, version=version, punai=punai)

    def loaded(self) -> Sequence[LoadedPlugin]:
        """Every plugin in load order."""
        return tuple(self._plugins)

    def open_store(self, url: str) -> Store:
        """The store that the most local plugin opens for this URL.

        Raises:
            ConfigurationError: no plugin knows the scheme.
        """
        store = self._manager.hook.open_store(url=url)
        if store is None:
            raise ConfigurationError(
                f"PUNAI_STORE is {masked(url)!r}, which no plugin can open; "
                "use sqlite:///PATH or dynamodb://TABLE"
            )
        return store  # type: ignore[no-any-return]  # pluggy's hooks are untyped

    def business(self, tenant: Tenant) -> Business:
        """The tenant with the plugins it enabled.

        Raises:
            ConfigurationError: it names a plugin or a handler that is not there, a handler misses a
                setting, or a plugin failed.
        """
        left_out = self._left_out(tenant)
        proxies = [plugin.proxy for plugin in left_out]
        hooks = {name: self._manager.subset_hook_caller(name, proxies) for name in HOOKS}
        tenant = tenant.model_copy(update={"settings": _unchanging(tenant.settings)})
        own = {intent.name: intent for intent in tenant.intents}
        intents = MappingProxyType({**_collect(hooks["register_intents"], Intent), **own})
        handlers = _collect(hooks["register_escalation_handlers"], Callable)
        named = [("escalate_to", name) for name in tenant.escalate_to]
        named += [("routes", name) for route in tenant.routes for name in route.to]
        for key, name in dict.fromkeys(named):
            if name not in handlers:
                raise _unknown(key, name, handlers, tenant)
            _check_settings("handler", name, handlers[name], tenant)
        channels = _collect(hooks["register_channels"], Channel)
        for name in channels.keys() & tenant.settings.keys():  # those that the business sets up
            _check_settings("channel", name, channels[name], tenant)
        theirs = [plugin for plugin in self._plugins if not plugin.built_in and plugin not in left_out]
        any_reason = any(not DECIDING.isdisjoint(plugin.hooks) for plugin in theirs)
        if wrong := misnamed(tenant.routes, intents, tenant.languages, any_reason=any_reason):
            raise _unknown(f"routes: {wrong[0]}", wrong[1], wrong[2], tenant)
        return Business(
            # With the plugins' intents, so that whoever reads the tenant sees all that are in force.
            tenant=tenant.model_copy(update={"intents": tuple(intents.values())}),
            intents=intents,
            knowledge=_collect(hooks["register_knowledge"], Callable),
            channels=channels,
            handlers=handlers,
            model=hooks["chat_model"](tenant=tenant),
            classify_message=hooks["classify_message"],
            system_prompt=hooks["system_prompt"],
            should_escalate=hooks["should_escalate"],
            feedback_received=hooks["feedback_received"],
        )

    def _left_out(self, tenant: Tenant) -> list[LoadedPlugin]:
        """Plugins that serve other tenants alone, or that this one did not enable."""
        shared = [plugin for plugin in self._plugins if not plugin.built_in and plugin.pack is None]
        optional = {plugin.name for plugin in shared}
        enabled = optional if tenant.plugins is None else set(tenant.plugins)
        for name in sorted(enabled - optional):
            raise _unknown("plugins", name, optional, tenant)
        left_out = [plugin for plugin in shared if plugin.name not in enabled]
        return left_out + [plugin for plugin in self._plugins if plugin.pack not in (None, tenant.id)]

    def _add(
        self,
        name: str,
        plugin: object,
        *,
        origin: str,
        version: str | None,
        punai: str | None = None,
        pack: str | None = None,
        built_in: bool = False,
    ) -> None:
        proxy = isolate(plugin, name, trusted=built_in)
        for hook in proxy.hooks:
            if hook not in HOOKS:
                nearest = difflib.get_close_matches(hook, HOOKS, n=1, cutoff=0.3)
                hint = f"did you mean {nearest[0]}?" if nearest else f"the hooks are {', '.join(HOOKS)}"
                raise ConfigurationError(f"{origin}: there is no hook {hook}; {hint}")
        try:
            self._manager.register(proxy, name=f"{name} ({origin})")
        except (pluggy.PluginValidationError, ValueError) as error:
            raise ConfigurationError(f"{origin}: {in_one_line(error)}") from error
        self._manager.check_pending()
        loaded = LoadedPlugin(name, version, origin, proxy.hooks, punai, pack, built_in, proxy)
        self._plugins.append(loaded)


def _built_in_names() -> Iterable[str]:
    package = importlib.import_module("punai.builtin")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def _plugin_files(folder: Path) -> Iterable[tuple[str, Path]]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(("_", ".")):
            continue
        if path.suffix == ".py":
            yield path.stem, path
        elif (path / "__init__.py").is_file():
            yield path.name, path / "__init__.py"


def _load_file(name: str, path: Path) -> ModuleType:
    package = [str(path.parent)] if path.name == "__init__.py" else None
    full_name = f"punai_plugins.{name}"
    spec = importlib.util.spec_from_file_location(full_name, path, submodule_search_locations=package)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    spec.loader.exec_module(module)
    return module


def _imported(load: Callable[[], Any], origin: str) -> Any:
    try:
        return load()
    except PunaiError:
        raise
    except SyntaxError as error:
        # It may stand in a module that the plugin imports.
        place = origin if error.filename in (None, origin) else f"{origin}: {error.filename}"
        raise ConfigurationError(f"{place}:{error.lineno or 1}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        raise ConfigurationError(f"{origin}: on import: {in_one_line(error)}") from error


def _collect(hook: Callable[..., Any], kind: Any) -> Mapping[str, Any]:
    """What plugins register under a name. The most local is called first, so the first one of a name wins."""
    things: dict[str, Any] = {}

    def register(name: str, thing: Any) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"register(name, ...) needs a name, not {name!r}")
        if not isinstance(thing, kind):
            raise TypeError(f"register({name!r}, ...) was given a {type(thing).__name__}")
        if isinstance(thing, Intent) and (thing.name != name or name == OTHER):
            raise ValueError(
                f"register({name!r}, ...) was given the intent {thing.name!r}; "
                f"the two names must be one, and not {OTHER!r}"
            )
        things.setdefault(name, thing)

    hook(register=register)
    return MappingProxyType({**things})  # a copy: who keeps `register` and calls it later changes nothing


def _unchanging(value: Any) -> Any:
    """A copy of tables and lists that no plugin can change for the others, or for the next turn."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: _unchanging(each) for key, each in value.items()})
    return tuple(map(_unchanging, value)) if isinstance(value, list) else value


def _check_settings(kind: str, name: str, part: EscalationHandler | Channel, tenant: Tenant) -> None:
    if isinstance(part, Configurable):
        try:
            part.configured(tenant)
        except Exception as error:
            why = str(error.args[0]) if type(error) is LookupError and error.args else in_one_line(error)
            raise ConfigurationError(f"{_place(tenant)}: {kind} {name!r}: {why}") from error


def _place(tenant: Tenant) -> str:
    return f"{tenant.folder}/business.toml" if tenant.folder else tenant.id


def _unknown(key: str, name: str, known: Iterable[str], tenant: Tenant) -> ConfigurationError:
    nearest = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are: {', '.join(sorted(known)) or 'none'}"
    return ConfigurationError(f"{_place(tenant)}: {key}: nothing is called {name!r}; {hint}")
