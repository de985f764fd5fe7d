"""`call_within`: the function's own outcome, or a TimeoutError in time."""

import contextvars
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import pytest

from punai.deadline import call_within

PATIENT = 30.0
"""Seconds that no test here should need."""


def test_result_is_the_functions_own() -> None:
    assert call_within(PATIENT, divmod, 7, 2) == (3, 1)
    assert call_within(PATIENT, "{a}{b}".format, a="x", b="y") == "xy"
    assert call_within(PATIENT, print, end="") is None


@pytest.mark.parametrize(
    "error", [ValueError("no"), KeyboardInterrupt(), StopIteration(5), TimeoutError("its own")]
)
def test_error_is_the_functions_own(error: BaseException) -> None:
    def fail() -> NoReturn:
        raise error

    with pytest.raises(type(error)) as raised:
        call_within(PATIENT, fail)
    assert raised.value is error


@pytest.mark.parametrize("code", [None, 0, 3, "bye"])
def test_attempt_to_end_the_process_is_an_error_like_others(code: object) -> None:
    def leave() -> NoReturn:
        raise SystemExit(code)

    with pytest.raises(RuntimeError, match="it tried to end the process"):
        call_within(PATIENT, leave)


def test_function_that_hangs_is_left_behind() -> None:
    freed = threading.Event()
    with pytest.raises(TimeoutError, match=r"no answer within 0\.05 s"):
        call_within(0.05, freed.wait, PATIENT)
    freed.set()


def test_late_result_disturbs_nobody() -> None:
    freed, done = threading.Event(), threading.Event()

    def late() -> str:
        freed.wait(PATIENT)
        done.set()
        return "late"

    with pytest.raises(TimeoutError):
        call_within(0.05, late)
    freed.set()
    assert call_within(PATIENT, done.wait, PATIENT)
    assert call_within(PATIENT, lambda: "mine") == "mine"


def test_one_that_hangs_does_not_keep_the_process_alive() -> None:
    hanging = (
        "import threading\ntry: call_within(0.05, threading.Event().wait)\nexcept TimeoutError: print('on')"
    )
    assert run(hanging) == "on"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forked_child_waits_for_no_thread_of_its_parents() -> None:
    forking = """
import os
call_within(9, abs, -1)
child = os.fork()
if child == 0:
    os._exit(call_within(9, abs, -7))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run(forking) == "7"


def test_threads_are_used_again() -> None:
    idents = {call_within(PATIENT, threading.get_ident) for _ in range(50)}
    assert threading.get_ident() not in idents
    assert len(idents) < 5


def run(code: str) -> str:
    """What a process of its own prints."""
    code = f"from punai.deadline import call_within\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_context_is_the_callers() -> None:
    tenant = contextvars.ContextVar("tenant", default="nobody")
    tenant.set("acme")
    assert call_within(PATIENT, tenant.get) == "acme"
    call_within(PATIENT, tenant.set, "changed")
    assert tenant.get() == "acme"


def test_calls_side_by_side_get_their_own_results() -> None:
    together = threading.Barrier(20)

    def meet(number: int) -> int:
        together.wait(PATIENT)
        return number

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda number: call_within(PATIENT, meet, number), range(20)))
    assert results == list(range(20))


def test_calls_may_be_nested() -> None:
    assert call_within(PATIENT, call_within, PATIENT, abs, -3) == 3
