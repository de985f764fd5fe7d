"""The text of a new business pack, as a person would write it."""

import json
from collections.abc import Mapping, Sequence

from punai.cli.examples import describe

HEAD = """\
# {name}: what PunAI knows about this business. See docs/business-packs.md for every key.

name = {quoted_name}
languages = ["en"]
tone = "warm, short, no jargon"
escalate_to = ["log"]        # who is told when a human is needed; "sns_email" sends an e-mail
retain_days = 90             # conversations are removed after this many days

[thresholds]
intent = 0.35                # below: the intent is "other"; 0 never refuses

[conversation]
idle_hours = 24              # without a word for this long, the next message starts a new conversation

# What handlers and plugins need. A secret stays outside this file: env:NAME, ssm:/path, secretsmanager:name.
# [settings.sns_email]
# topic_arn = "env:SUPPORT_TOPIC_ARN"
"""

NOTE_ON_INTENTS = """
# What customers want, each with messages as they really write them: ten or more make a good start.
#   reply = "..."       the business's own words: sent as they are, no model is asked
#   escalate = true     always bring in a human
"""

STARTERS = """
[[intents]]
name = "order_status"
description = "where an order is, delivery dates, tracking"
examples = [
    "where is my order",
    "my parcel has not arrived",
    "when will it be delivered",
]

[[intents]]
name = "gratitude"
description = "thanks"
examples = [
    "thank you",
    "cheers, that helped",
]
reply = "You're welcome! Anything else I can do?"

[[intents]]
name = "legal_threat"
description = "mentions a lawyer, court or regulator"
examples = [
    "I will take you to court",
    "you will hear from my lawyer",
]
escalate = true
"""

README = """\
# {name}

`business.toml` says who this business is and what its customers want. `knowledge/` holds what they may be
told: answers are quoted from there, with the file as their source.

- Read are Markdown, plain text and HTML, and CSV with the columns `question` and `answer`.
- Keep a file to one subject and a section to one matter. Give each a heading in the words that customers use.
- State the answer first, then its exceptions. Delete `{placeholder}` once there is another document.

Try it with `punai chat`, check it with `punai doctor`. Code of its own, if it needs any, goes into
`__init__.py`, as hooks.
"""

PLACEHOLDER_NAME = "placeholder.md"
PLACEHOLDER = """\
# Placeholder

Markdown, HTML, .txt and .csv files beside this placeholder are quoted to customers.
"""
"""Few words, and none that customers use: it must not answer anything."""


def starter(name: str) -> str:
    """A `business.toml` with three intents to replace, for a business of that name."""
    return _head(name) + STARTERS


def from_examples(name: str, examples: Mapping[str, Sequence[str]], labels: Mapping[str, str]) -> str:
    """A `business.toml` with these intents, described by their labels."""
    intents = (intent_block(intent, describe(labels[intent]), texts) for intent, texts in examples.items())
    return _head(name) + "".join(intents)


def readme(name: str) -> str:
    """What to do with the pack, for whoever finds it."""
    return README.format(name=name, placeholder=f"knowledge/{PLACEHOLDER_NAME}")


def _head(name: str) -> str:
    return HEAD.format(name=name, quoted_name=quoted(name)) + NOTE_ON_INTENTS


def intent_block(name: str, description: str, texts: Sequence[str]) -> str:
    """An intent with these examples, as it stands in `business.toml`."""
    examples = "".join(f"    {quoted(text)},\n" for text in texts)
    return (
        f"\n[[intents]]\nname = {quoted(name)}\ndescription = {quoted(description)}\n"
        f"examples = [\n{examples}]\n"
    )


def quoted(text: str) -> str:
    """The text as a TOML string."""
    # JSON's escapes are TOML's, but for the one control character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
