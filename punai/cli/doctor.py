"""Whether everything is set up as it should be, and what to do where it is not: `punai doctor`."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import uuid4

import click

from punai.cli.output import print_table
from punai.cli.session import read_settings
from punai.models import Answer, Turn
from punai.ports import Checkable, PunaiError, Store
from punai.tenant import Tenant

if TYPE_CHECKING:
    from punai.desk import Desk

NEWEST_TESTED = (3, 14)
SECONDS = 20.0
"""How long a model or a source of knowledge may take to give a sign of life."""


class Finding(NamedTuple):
    """One thing looked at, how it is, and for a warning or a problem what to do."""

    level: Literal["ok", "warning", "problem"]
    about: str
    text: str


@click.command(epilog="Example: punai doctor --call-model")
@click.option("--call-model", is_flag=True, help="Ask the model one word too: it costs a fraction of a cent.")
def doctor(call_model: bool) -> None:
    """Check settings, store, model, plugins and business packs, and say what to do.

    Every line is ok, a warning or a problem. It exits with 1 when there is a problem.
    """
    findings = list(examine(call_model=call_model))
    print_table(findings)
    if any(finding.level == "problem" for finding in findings):
        raise click.exceptions.Exit(1)


def examine(*, call_model: bool) -> Iterator[Finding]:
    """Everything there is to find, one thing after the other; what cannot be opened ends it."""
    from punai import bootstrap
    from punai.settings import masked

    yield _python()
    try:
        with _warnings() as warned:
            settings = read_settings()
            yield Finding("ok", "settings", f"store {masked(settings.store)}, plugins in {settings.plugins}")
            desk = bootstrap.open_desk(settings)
            desk.warm_up()  # reads the documents
    except PunaiError as error:
        yield Finding("problem", "set-up", str(error))
        return
    except Exception as error:
        text = f"unexpected {type(error).__name__}; PUNAI_LOG_LEVEL=DEBUG punai plugins says where"
        yield Finding("problem", "set-up", text)
        return
    yield from (Finding("warning", "set-up", text) for text in warned)
    yield Finding("ok", "plugins", f"{len(desk.plugins.loaded())} loaded; punai plugins lists them")
    yield _understanding(settings.cache.expanduser())
    yield _store(desk.store)
    for tenant in desk.tenants.values():
        yield from _pack(tenant, desk)
        yield _model(tenant, desk, call=call_model)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] > NEWEST_TESTED:
        return Finding("warning", "python", f"{version} is untried; use Python 3.11 to 3.14")
    return Finding("ok", "python", version)


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """What is logged as a warning meanwhile, as text, and nowhere else."""
    texts: list[str] = []
    log = logging.getLogger("punai")

    def keep(record: logging.LogRecord) -> bool:
        fields = getattr(record, "fields", {})
        texts.append(": ".join([record.getMessage(), *map(str, fields.values())]))
        return False

    kept = logging.Handler(logging.WARNING)
    kept.addFilter(keep)
    log.addHandler(kept)
    log.propagate = False
    try:
        yield texts
    finally:
        log.removeHandler(kept)
        log.propagate = True


def _understanding(cache: Path) -> Finding:
    from punai.understanding import weights

    if weights.encoder(cache):
        return Finding("ok", "understanding", "full: by meaning and by words")
    fix = weights.INSTALL if weights.are_in(cache) else "punai understanding build"
    return Finding("ok", "understanding", f"small: by words alone; {fix} adds the meaning of sentences")


def _store(store: Store) -> Finding:
    try:
        if store.name != "sqlite":
            store.check()
            return Finding("ok", "store", f"{store.name} answers")
        store.prepare()
        _write_and_read(store)
    except PunaiError as error:
        advice = "" if "PUNAI_STORE" in str(error) else "; check PUNAI_STORE"
        return Finding("problem", "store", f"{error}{advice}")
    except Exception as error:
        return Finding("problem", "store", f"{store.name} raised {type(error).__name__}; check PUNAI_STORE")
    return Finding("ok", "store", f"{store.name} takes and gives back")


def _write_and_read(store: Store) -> None:
    """A round trip under a tenant that no business is called like, and nothing left of it."""
    tenant = Tenant(id=".doctor", name="doctor")
    who = uuid4().hex
    answer = Answer(reply="said", answered_by="human")
    turn = Turn(
        conversation_id=who, message_id=who, user_id=who, text="heard", at=datetime.now(UTC), answer=answer
    )
    store.record(tenant, turn)
    found = store.turn(tenant, who, who)
    store.erase(tenant, who)
    if found is None:
        raise PunaiError("what was written could not be read back")


def _pack(tenant: Tenant, desk: "Desk") -> Iterator[Finding]:
    about = f"business {tenant.id}"
    troubles = [*_settings_of(tenant), *_knowledge_of(tenant, desk)]
    yield from (Finding(level, about, text) for level, text in troubles)
    yield from _self_checks(tenant, desk)
    if tenant.handlers == ("log",):
        advice = "escalations reach the log only; add a handler such as sns_email to escalate_to"
        yield Finding("warning", about, advice)
    from punai.understanding.advice import with_few_examples

    if few := with_few_examples(tenant.intents):
        yield Finding("warning", about, f"more examples would help: {', '.join(few)}")
    if not any(level == "problem" for level, _ in troubles):
        handlers = ", ".join(tenant.handlers)
        yield Finding("ok", about, f"{len(tenant.intents)} intents, escalates to {handlers}")


def _self_checks(tenant: Tenant, desk: "Desk") -> Iterator[Finding]:
    """What those say of themselves who know how they should be, of what the business uses."""
    from punai.deadline import call_within

    business = desk.plugins.business(tenant)
    handlers = {name: business.handlers[name] for name in tenant.handlers}
    for name, part in {**business.knowledge, **business.channels, **handlers}.items():
        if not isinstance(part, Checkable):
            continue
        about = f"{name} of {tenant.id}"
        try:
            if said := call_within(SECONDS, part.check, tenant):
                yield Finding("ok", about, said)
        except (LookupError, PunaiError) as error:
            yield Finding("problem", about, str(error.args[0]))
        except Exception as error:
            yield Finding("problem", about, f"its check raised {type(error).__name__}; see to its plugin")


def _settings_of(tenant: Tenant) -> Iterator[tuple[Literal["problem"], str]]:
    for section, key in [(section, key) for section, keys in tenant.settings.items() for key in keys]:
        try:
            tenant.setting(section, key)
        except LookupError as error:
            yield "problem", f"[settings.{section}] {key}: {error.args[0]}"


def _knowledge_of(tenant: Tenant, desk: "Desk") -> Iterator[tuple[Literal["warning", "problem"], str]]:
    from punai.deadline import call_within

    folder = Path(tenant.folder or "") / "knowledge"
    documents = {path.name for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")}
    if not documents - {"placeholder.md"} and "documents" not in tenant.settings:
        yield "warning", f"it has nothing to answer from; put documents into {folder}"
    for name, source in desk.pipelines[tenant.id].business.knowledge.items():
        try:
            call_within(SECONDS, source, "opening hours", "", tenant)
        except Exception as error:
            yield "problem", f"knowledge source {name!r} raised {type(error).__name__}; see to its plugin"


def _model(tenant: Tenant, desk: "Desk", *, call: bool) -> Finding:
    from punai.deadline import call_within

    about = f"model of {tenant.id}"
    model = desk.plugins.business(tenant).model
    if model is None:
        return Finding("ok", about, "local: answers are quoted from documents; PUNAI_MODEL can name one")
    name = tenant.setting("model", "name", "a plugin's")
    if not call:
        return Finding("ok", about, f"{name} is set up; --call-model asks whether it answers")
    start = time.perf_counter()
    try:
        call_within(SECONDS, model.invoke, "Answer with one word: ready")
    except Exception as error:
        # Its text may hold the key.
        hint = "check PUNAI_MODEL, its key and, if set, OPENAI_BASE_URL"
        return Finding("problem", about, f"{name} gave no answer ({type(error).__name__}); {hint}")
    return Finding("ok", about, f"{name} answered in {time.perf_counter() - start:.1f} s")
