"""A plugin that raises, hangs or returns rubbish: at start-up it stops the start, later it is passed over."""

import logging
import threading
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any, NoReturn

import pluggy
import pytest

from punai import Conversation, IntentMatch, Tenant, hookimpl, hookspecs
from punai.isolation import TURN_HOOKS, Isolated, isolate
from punai.ports import ConfigurationError, PunaiError, StoreUnavailable

WORDS = "my card is 4111 1111 1111 1111"
TENANT = Tenant(id="acme", name="Acme")
QUESTION: dict[str, Any] = {
    "message": WORDS,
    "history": (),
    "intents": {},
    "intent": IntentMatch(),
    "passages": (),
    "tenant": TENANT,
    "conversation": Conversation(id="c", user_id="u", created_at=datetime(2026, 1, 31, tzinfo=UTC)),
}
GOOD = {
    "classify_message": IntentMatch(name="a"),
    "system_prompt": "Be kind.",
    "should_escalate": "vip",
    "feedback_received": "down_votes",
}
TURN = sorted(TURN_HOOKS)

freed = threading.Event()
"""What those who hang wait for: set when their test is over."""


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    monkeypatch.setattr("punai.isolation.SECONDS", 0.2)
    yield
    freed.set()
    freed.clear()


def plugin(hook: str, function: Callable[..., Any], **marks: Any) -> Isolated:
    """A guarded plugin that implements one hook."""
    return isolate(named(hook, function, **marks), "mine")


def named(hook: str, function: Callable[..., Any], **marks: Any) -> object:
    return type("Plugin", (), {hook: staticmethod(hookimpl(**marks)(function))})()


def ask(hook: str, *plugins: Isolated) -> Any:
    """What a hook gives, asked of these plugins, the last of them first."""
    manager = pluggy.PluginManager("punai")
    manager.add_hookspecs(hookspecs)
    for each in plugins:
        manager.register(each)
    spec = getattr(manager.hook, hook)
    return spec(**{name: QUESTION.get(name) for name in spec.spec.argnames})


def fail(*args: Any) -> NoReturn:
    raise ValueError(WORDS)


def leave() -> NoReturn:
    raise SystemExit(3)


def hang() -> None:
    freed.wait(30)


@pytest.mark.parametrize("hook", TURN)
@pytest.mark.parametrize("failing", [fail, leave, hang])
def test_plugin_that_fails_during_a_turn_is_passed_over(
    hook: str, failing: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    others = plugin(hook, lambda: GOOD[hook])
    assert ask(hook, others, plugin(hook, lambda: failing())) == GOOD[hook]
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert vars(record)["fields"] == {"plugin": "mine", "hook": hook, "failure": "raised"}


@pytest.mark.parametrize("hook", TURN)
@pytest.mark.parametrize("rubbish", [5, True, False, b"bytes", [], {}, ("a",), object(), ""])
def test_plugin_that_returns_rubbish_is_passed_over(
    hook: str, rubbish: object, caplog: pytest.LogCaptureFixture
) -> None:
    others = plugin(hook, lambda: GOOD[hook])
    assert ask(hook, others, plugin(hook, lambda: rubbish)) == GOOD[hook]
    [record] = caplog.records
    assert type(rubbish).__name__ in vars(record)["fields"]["failure"]


@pytest.mark.parametrize("hook", TURN)
def test_plugin_that_leaves_it_to_others_is_no_failure(hook: str, caplog: pytest.LogCaptureFixture) -> None:
    others = plugin(hook, lambda: GOOD[hook])
    assert ask(hook, others, plugin(hook, lambda: None)) == GOOD[hook]
    assert ask(hook, plugin(hook, lambda: None)) is None
    assert not caplog.records


def test_log_of_a_failure_holds_no_customers_words(caplog: pytest.LogCaptureFixture) -> None:
    def repeat(message: str) -> NoReturn:
        raise ValueError(message)

    ask("should_escalate", plugin("should_escalate", repeat))
    [record] = caplog.records
    assert "4111" not in record.getMessage() + str(vars(record)["fields"])


def test_trusted_plugin_is_guarded_too_but_runs_in_the_callers_thread(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def where() -> str:
        return str(threading.get_ident())

    trusted = isolate(named("should_escalate", where), "mine", trusted=True)
    assert ask("should_escalate", trusted) == where()
    assert ask("should_escalate", plugin("should_escalate", where)) != where()
    failing = isolate(named("should_escalate", lambda: fail()), "mine", trusted=True)
    assert ask("should_escalate", failing) is None
    assert len(caplog.records) == 1


def amend(message: str) -> Generator[None, str, str]:
    before = yield
    return f"{before}, amended"


def veto() -> Generator[None, str, None]:
    yield


def test_wrapper_amends_what_others_say() -> None:
    inner = plugin("should_escalate", lambda: "vip")
    wrapper = plugin("should_escalate", amend, wrapper=True)
    assert ask("should_escalate", wrapper, inner) == "vip, amended"
    assert ask("should_escalate", wrapper, inner, plugin("should_escalate", amend, wrapper=True)) == (
        "vip, amended, amended"
    )


def test_wrapper_may_veto_an_escalation_but_not_take_a_models_instructions() -> None:
    for hook, expected in (("should_escalate", None), ("system_prompt", "Be kind.")):
        inner = plugin(hook, lambda hook=hook: GOOD[hook])
        assert ask(hook, inner, plugin(hook, veto, wrapper=True)) == expected


def test_trusted_wrapper_is_guarded_too_but_runs_in_the_callers_thread(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def where() -> Generator[None, str, str]:
        first = threading.get_ident()
        yield
        return f"{first} {threading.get_ident()}"

    def trusted(function: Callable[..., Any]) -> Isolated:
        return isolate(named("should_escalate", function, wrapper=True), "mine", trusted=True)

    here = threading.get_ident()
    assert ask("should_escalate", trusted(where)) == f"{here} {here}"
    assert str(here) not in str(ask("should_escalate", plugin("should_escalate", where, wrapper=True)))
    for failing in (before, after):
        assert ask("should_escalate", trusted(failing), plugin("should_escalate", lambda: "vip")) == "vip"
    assert len(caplog.records) == 2


def before() -> Generator[None, str, str]:
    fail()
    return (yield)


def after() -> Generator[None, str, str]:
    yield
    fail()


def never() -> Generator[None, str, str]:
    if freed.is_set():
        yield
    return "not asked"


def twice() -> Generator[None, str, str]:
    yield
    yield
    return "too late"


def leaving() -> Generator[None, str, str]:
    leave()
    return (yield)


def hanging_before() -> Generator[None, str, str]:
    hang()
    return (yield)


def hanging_after() -> Generator[None, str, str]:
    yield
    hang()
    return "late"


def rubbish() -> Generator[None, str, int]:
    yield
    return 5


WRAPPERS = [before, after, never, twice, leaving, hanging_before, hanging_after, rubbish]


@pytest.mark.parametrize("hook", TURN)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_wrapper_that_fails_leaves_the_answer_as_it_was(
    hook: str, wrapper: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    inner = plugin(hook, lambda: GOOD[hook])
    assert ask(hook, inner, plugin(hook, wrapper, wrapper=True)) == GOOD[hook]
    [record] = caplog.records
    assert vars(record)["fields"]["plugin"] == "mine"


@pytest.mark.parametrize("hook", ["open_store", "chat_model", "register_intents", "register_channels"])
def test_plugin_that_fails_at_start_stops_the_start_with_its_name(hook: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^plugin mine: {hook} raised ValueError: my card"):
        ask(hook, plugin(hook, lambda: fail()))
    with pytest.raises(ConfigurationError, match=f"^plugin mine: {hook} raised SystemExit: 3$"):
        ask(hook, plugin(hook, lambda: leave()))


def test_message_about_a_plugin_is_one_line() -> None:
    def fail_at_length() -> NoReturn:
        raise ValueError("one\n  two\r\n\nthree\n")

    with pytest.raises(ConfigurationError, match=r"raised ValueError: one two three$"):
        ask("register_intents", plugin("register_intents", fail_at_length))


def test_punais_own_errors_pass_as_they_are() -> None:
    error = StoreUnavailable("the table is not there")

    def fail() -> NoReturn:
        raise error

    with pytest.raises(PunaiError) as raised:
        ask("open_store", plugin("open_store", fail))
    assert raised.value is error


@pytest.mark.parametrize("hook", ["open_store", "chat_model"])
def test_rubbish_for_a_store_or_a_model_stops_the_start(hook: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^plugin mine: {hook} returned a str$"):
        ask(hook, plugin(hook, lambda: "gpt-4.1-mini"))


def test_wrapper_may_amend_a_hook_of_the_start() -> None:
    class Store:
        def accept(self) -> None: ...

    def wrap() -> Generator[None, Store, list[Store]]:
        return [(yield)]

    def keep() -> Generator[None, Store, Store]:
        return (yield)

    store = Store()
    inner = plugin("open_store", lambda: store)
    assert ask("open_store", inner, plugin("open_store", keep, wrapper=True)) is store
    with pytest.raises(ConfigurationError, match="returned a list"):
        ask("open_store", inner, plugin("open_store", wrap, wrapper=True))
    with pytest.raises(ConfigurationError, match="open_store raised ValueError"):
        ask("open_store", inner, plugin("open_store", after, wrapper=True))


async def promise() -> None: ...


@pytest.mark.parametrize(
    ("function", "marks", "complaint"),
    [
        (promise, {}, "register_intents is async; hooks are plain functions"),
        (veto, {}, r"register_intents yields; mark it @hookimpl\(wrapper=True\)"),
        (veto, {"hookwrapper": True}, r"register_intents yields; mark it @hookimpl\(wrapper=True\)"),
        (fail, {"wrapper": True}, "register_intents is a wrapper; it has to yield once"),
    ],
)
def test_hook_of_the_wrong_kind_is_refused(
    function: Callable[..., Any], marks: dict[str, bool], complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"^plugin mine: {complaint}$"):
        plugin("register_intents", function, **marks)


def test_hooks_are_told_by_the_hooks_they_implement() -> None:
    class Plugin:
        plain = 5

        @hookimpl(specname="should_escalate")
        def never_on_sundays(self, message: str) -> str:
            return f"{self.plain}"

        @hookimpl
        def system_prompt(self) -> str:
            return "Be kind."

        def register_intents(self) -> None:
            """Not marked, so no hook."""

    proxy = isolate(Plugin(), "mine")
    assert proxy.hooks == ("should_escalate", "system_prompt")
    assert ask("should_escalate", proxy) == "5"
