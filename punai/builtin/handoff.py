"""An escalation in words, for who takes over: plain text, HTML, Markdown, cut to what a service takes."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from html import escape

from punai import Escalation, Tenant
from punai.models import Line

NOTE_SHARE = 4
"""What came with the request gets at most this part of the room: the conversation is worth more."""
MOODS = (("content", 0.2), ("not happy", 0.5), ("unhappy", 0.8), ("very unhappy", 1.01))
"""What a mood is called, up to which score."""
_HELD_OUT = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What turns the direction of text around: in a subject it would make another name of a name."""


def size(text: str) -> int:
    """Bytes of UTF-8: never less than the characters, by whatever unit a service counts them."""
    return len(text.encode("utf-8", "replace"))


def cut(text: str, limit: int) -> str:
    """The beginning of a text, at most so many bytes of UTF-8, with a sign that something is missing."""
    if size(text) <= limit:
        return text
    return text.encode("utf-8", "replace")[: limit - 3].decode(errors="ignore") + "…"


def clean(text: str) -> str:
    """Text that every service takes: no halves of letters, no control characters but line ends and tabs."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]", "\ufffd", whole)


def one_line(text: str, limit: int) -> str:
    """Text for a header, a title or a label: one line without anything that could begin another."""
    breaks = ("Cc", "Zl", "Zp")
    visible = "".join(" " if unicodedata.category(each) in breaks else each for each in clean(text))
    return cut(" ".join(_HELD_OUT.sub("", visible).split()), limit)


def subject(escalation: Escalation, tenant: Tenant, limit: int) -> str:
    """Who needs what, in one line."""
    who = escalation.name or escalation.user_id
    line = one_line(f"[{tenant.name}] {_words(escalation.reason)}: {who}", limit)
    return line or "A customer needs a human"


def subject_again(escalation: Escalation, tenant: Tenant, limit: int) -> str:
    """The same of an e-mail, which mail programs then show below the first."""
    first = subject(escalation, tenant, limit - 4)
    return f"Re: {first}" if escalation.reference else first


def marker(escalation: Escalation) -> str:
    """What is looked for where a service takes no key: whether the escalation is there already."""
    return f"punai:{escalation.id}"


def facts(escalation: Escalation) -> dict[str, str]:
    """What is known, by its label; what is not known is left out."""
    known = {
        "Customer": escalation.name or escalation.user_id,
        "E-mail": escalation.email,
        "User id": escalation.user_id,
        "Why": _words(escalation.reason),
        "About": escalation.intent,
        "Mood": _mood(escalation),
        "Tried": "; ".join(escalation.tried),
        "Since": f"{escalation.at:%Y-%m-%d %H:%M} UTC",
        "Open it": escalation.link,
        "Conversation": escalation.conversation_id,
        "Escalation": escalation.id,
    }
    return {label: one_line(value, 500) for label, value in known.items() if value}


def headline(escalation: Escalation, tenant: Tenant) -> str:
    """The first line: whether it is told for the first time."""
    if not escalation.reference:
        return f"A customer of {tenant.name} needs a human."
    if any(line.role == "customer" for line in escalation.news):
        return f"A customer of {tenant.name} for whom a human was asked has written again."
    return f"More is known of a customer of {tenant.name} for whom a human was asked."


def plain(escalation: Escalation, tenant: Tenant, limit: int) -> str:
    """What is new, who, what, why, the conversation and a link: enough to act on without anything else."""
    parts = [headline(escalation, tenant)]
    if new := _news(escalation):
        parts.append(f"New:\n{newest(new, spoken, limit // 2)}")
    parts.append("\n".join(f"{label}: {value}" for label, value in facts(escalation).items()))
    if escalation.summary:
        parts.append(f"In short: {_summary(escalation)}")
    note = _note(escalation, limit)
    end = f"\n\nWhat came with the request:\n{note}\n" if note else "\n"
    if escalation.transcript:
        parts.append("The conversation:\n")
    begun = "\n\n".join(parts)
    said = newest(escalation.transcript, spoken, limit - size(begun) - size(end))
    return f"{begun}{said}{end}"


def html(escalation: Escalation, tenant: Tenant, limit: int) -> str:
    """The same as HTML without styles, scripts or pictures; whatever a customer wrote is text in it."""
    rows = "".join(
        f"<tr><th align='left'>{escape(label)}</th><td>{_linked(label, value)}</td></tr>"
        for label, value in facts(escalation).items()
    )
    begun = f"<p>{escape(headline(escalation, tenant))}</p>"
    if new := _news(escalation):
        begun += f"<h3>New</h3>{newest(new, _paragraph, limit // 2)}"
    begun += f"<table cellpadding='4'>{rows}</table>"
    if escalation.summary:
        begun += f"<h3>In short</h3><p dir='auto'>{_in_html(_summary(escalation))}</p>"
    if escalation.transcript:
        begun += "<h3>The conversation</h3>"
    note = _note(escalation, limit // 2)  # escaping makes it longer
    end = f"<h3>What came with the request</h3><p dir='auto'>{_in_html(note)}</p>" if note else ""
    said = newest(escalation.transcript, _paragraph, limit - size(begun) - size(end))
    return f"{begun}{said}{end}"


def markdown(escalation: Escalation, tenant: Tenant, limit: int) -> str:
    """The same as Markdown: all of it in a block of code, where neither links nor mentions nor HTML work."""
    text = plain(escalation, tenant, limit - 200)
    # A row of backticks in the text would end a fence that is not longer.
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    if longest > 80:
        text, longest = text.replace("`", "'"), 0
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}{fence}\n"


def addition(escalation: Escalation) -> Escalation:
    """The escalation for those who have been told of it, where the rest stands already: with what is new."""
    old = {"transcript": (), "summary": "", "mood": None, "tried": ()}
    return escalation.model_copy(update={**old, "reference": escalation.reference or "known"})


def newest(lines: Sequence[Line], render: Callable[[Line], str], room: int) -> str:
    """As many of the last messages as fit, in order; the very last one is cut rather than left out."""
    kept: list[str] = []
    room -= 120  # for what says how many are missing
    for line in reversed(lines):
        text = render(line)
        if size(text) > room and not kept:
            text = _shortened(line, render, room)
        elif size(text) > room:
            break
        room -= size(text) + 1
        kept.append(text)
    if left_out := len(lines) - len(kept):
        kept.append(f"({left_out} earlier messages are left out)")
    return "\n".join(reversed(kept))


def _shortened(line: Line, render: Callable[[Line], str], room: int) -> str:
    text, limit = cut(clean(line.text), max(room, 16)), max(room, 16)
    while limit > 16 and size(render(line.model_copy(update={"text": cut(text, limit)}))) > room:
        limit = limit * 3 // 4  # by what is sent, as escaping makes it longer
    return render(line.model_copy(update={"text": cut(text, limit)}))


def spoken(line: Line) -> str:
    """A message in plain text."""
    return f"[{line.at:%H:%M}] {line.role}: {clean(line.text)}"


def customers_address(escalation: Escalation) -> str | None:
    """The customer's e-mail address, where it is known and can be one."""
    address = (escalation.email or "").strip()
    form = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
    return address if len(address) <= 254 and re.fullmatch(form, address) else None


def _paragraph(line: Line) -> str:
    return f"<p dir='auto'><b>{line.role}</b> {line.at:%H:%M}<br>{_in_html(line.text)}</p>"


def _in_html(text: str) -> str:
    return escape(clean(text)).replace("\n", "<br>")


def _linked(label: str, value: str) -> str:
    shown = escape(value)
    if label == "Open it" and value.startswith(("https://", "http://")):
        return f'<a href="{shown}">{shown}</a>'
    return shown


def _news(escalation: Escalation) -> Sequence[Line]:
    return escalation.news if escalation.reference else ()


def _mood(escalation: Escalation) -> str:
    if escalation.mood is None:
        return ""
    name = next(name for name, below in MOODS if escalation.mood.score < below)
    return f"{name} ({escalation.mood.score:g} of 1), {escalation.mood.trend}"


def _summary(escalation: Escalation) -> str:
    return cut(clean(escalation.summary), 2000)


def _note(escalation: Escalation, limit: int) -> str:
    return cut(clean(escalation.note or ""), limit // NOTE_SHARE)


def _words(name: str) -> str:
    return name.replace("_", " ")
