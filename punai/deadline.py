"""A limit on how long something may take, for code that cannot be trusted to end by itself."""

import contextvars
import os
import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Job = tuple[Callable[[], Any], "queue.SimpleQueue[tuple[Any, BaseException | None]]"]

_idle: "queue.LifoQueue[queue.SimpleQueue[Job]]" = queue.LifoQueue()


def _forget_threads() -> None:
    global _idle  # a forked child has none of its parent's threads
    _idle = queue.LifoQueue()


os.register_at_fork(after_in_child=_forget_threads)


def call_within(seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function in another thread and wait for at most `seconds`.

    Threads are used again, since starting one takes longer than most calls. Python cannot end a thread: one
    that hangs is left behind as a daemon, and its result is dropped.

    Raises:
        TimeoutError: it took longer.
        RuntimeError: it tried to end the process.
        BaseException: whatever the function raised.
    """
    context = contextvars.copy_context()
    outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
    _thread().put((lambda: context.run(function, *args, **kwargs), outcome))
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]  # without an error the result is the function's own


def _thread() -> "queue.SimpleQueue[Job]":
    """The inbox of a thread that waits for work; a new one where all are busy."""
    try:
        return _idle.get_nowait()
    except queue.Empty:
        inbox: queue.SimpleQueue[Job] = queue.SimpleQueue()
        threading.Thread(target=_work, args=(inbox,), daemon=True, name="deadline").start()
        return inbox


def _work(inbox: "queue.SimpleQueue[Job]") -> None:
    while True:
        job, outcome = inbox.get()
        done: tuple[Any, BaseException | None]
        try:
            done = job(), None
        except SystemExit:
            done = None, RuntimeError("it tried to end the process")
        except BaseException as error:  # handed over to the caller's thread, which raises it
            done = None, error
        # Idle before the caller goes on, so that its next call finds this thread.
        _idle.put(inbox)
        outcome.put(done)
        del job, outcome, done
