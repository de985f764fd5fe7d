"""A plugin that raises, hangs or returns rubbish costs itself, never the customer's turn.

At start-up a failing plugin stops the start, with its name. During a turn it is logged and passed over.
"""

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any

from punai.deadline import call_within
from punai.logs import log
from punai.models import IntentMatch
from punai.ports import ConfigurationError, PunaiError

TURN_HOOKS: dict[str, type] = {
    "classify_message": IntentMatch,
    "system_prompt": str,
    "should_escalate": str,
    "feedback_received": str,
}
"""The hooks that run while a customer waits, and what each must return (or None)."""

STARTING_HOOKS = {"open_store": "accept", "chat_model": "with_structured_output"}
"""What a store and a model are known by: to import their types would cost what they cost."""

SECONDS = 2.0
"""How long a plugin may take in one of them: it is meant to compute, not to call out."""


class Isolated:
    """Stands for a plugin: the same hooks, each guarded."""

    hooks: tuple[str, ...] = ()


def isolate(plugin: object, name: str, *, trusted: bool = False) -> Isolated:
    """Guard every hook of a plugin (a module or an object). A trusted one is spared the deadline's thread.

    Raises:
        ConfigurationError: a hook is async, or yields without being a wrapper, or the other way round.
    """
    proxy = Isolated()
    found = []
    for attribute in dir(plugin):
        function = getattr(plugin, attribute, None)
        marks = getattr(function, "punai_impl", None)
        if not inspect.isroutine(function) or marks is None:
            continue
        hook = marks.get("specname") or attribute
        _check_kind(function, name, hook, wrapper=marks["wrapper"])
        setattr(proxy, attribute, _guarded(function, name, hook, wrapper=marks["wrapper"], trusted=trusted))
        found.append(hook)
    proxy.hooks = tuple(sorted(found))
    return proxy


def in_one_line(error: BaseException) -> str:
    """The error's type and all of its text, for a message about a plugin."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")


def _check_kind(function: Callable[..., Any], plugin: str, hook: str, *, wrapper: bool) -> None:
    if inspect.iscoroutinefunction(function):
        raise ConfigurationError(f"plugin {plugin}: {hook} is async; hooks are plain functions")
    if wrapper and not inspect.isgeneratorfunction(function):
        raise ConfigurationError(f"plugin {plugin}: {hook} is a wrapper; it has to yield once")
    if not wrapper and inspect.isgeneratorfunction(function):
        raise ConfigurationError(f"plugin {plugin}: {hook} yields; mark it @hookimpl(wrapper=True)")


def _guarded(
    function: Callable[..., Any], plugin: str, hook: str, *, wrapper: bool, trusted: bool
) -> Callable[..., Any]:
    if hook not in TURN_HOOKS:
        stopping = _stopping_the_start_wrapper if wrapper else _stopping_the_start
        return stopping(function, plugin, hook)
    if wrapper:
        return _passed_over_wrapper(function, plugin, hook, trusted=trusted)
    return _passed_over(function, plugin, hook, trusted=trusted)


def _stopping_the_start(function: Callable[..., Any], plugin: str, hook: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except PunaiError:
            raise
        except (Exception, SystemExit) as error:
            raise _raised(plugin, hook, error) from error
        return _made(result, plugin, hook)

    return guarded


def _stopping_the_start_wrapper(function: Callable[..., Any], plugin: str, hook: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Generator[None, Any, Any]:
        try:
            result = yield from function(*args, **kwargs)
        except PunaiError:
            raise
        except (Exception, SystemExit) as error:
            raise _raised(plugin, hook, error) from error
        return _made(result, plugin, hook)

    return guarded


def _raised(plugin: str, hook: str, error: BaseException) -> ConfigurationError:
    return ConfigurationError(f"plugin {plugin}: {hook} raised {in_one_line(error)}")


def _made(result: Any, plugin: str, hook: str) -> Any:
    if result is not None and hook in STARTING_HOOKS and not hasattr(result, STARTING_HOOKS[hook]):
        raise ConfigurationError(f"plugin {plugin}: {hook} returned a {type(result).__name__}")
    return result


def _passed_over(
    function: Callable[..., Any], plugin: str, hook: str, *, trusted: bool
) -> Callable[..., Any]:
    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs) if trusted else call_within(SECONDS, function, *args, **kwargs)
        except Exception:
            _report(plugin, hook, "raised", failed=True)
            return None
        return _checked(result, None, plugin, hook)

    return guarded


def _passed_over_wrapper(
    function: Callable[..., Any], plugin: str, hook: str, *, trusted: bool
) -> Callable[..., Any]:
    def call(step: Callable[..., Any], *args: Any) -> Any:
        return step(*args) if trusted else call_within(SECONDS, step, *args)

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Generator[None, Any, Any]:
        amending = function(*args, **kwargs)
        try:
            call(amending.__next__)
        except Exception:
            _report(plugin, hook, "raised", failed=True)
            return (yield)
        result = yield
        try:
            call(amending.send, result)
        except StopIteration as stop:
            return _checked(stop.value, result, plugin, hook)
        except Exception:
            _report(plugin, hook, "raised", failed=True)
        else:
            _report(plugin, hook, "yielded twice")
        return result

    return guarded


def _checked(result: Any, otherwise: Any, plugin: str, hook: str) -> Any:
    if result is None and otherwise is not None and hook == "system_prompt":
        # A wrapper may veto what others decided, but a model never goes without instructions.
        what = "returned None"
    elif result is None or (isinstance(result, TURN_HOOKS[hook]) and result != ""):
        return result
    else:
        what = "returned an empty str" if result == "" else f"returned a {type(result).__name__}"
    _report(plugin, hook, what)
    return otherwise


def _report(plugin: str, hook: str, what: str, *, failed: bool = False) -> None:
    log.error(
        "a plugin failed and was passed over",
        exc_info=failed,
        extra={"fields": {"plugin": plugin, "hook": hook, "failure": what}},
    )
