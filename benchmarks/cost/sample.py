"""What customers of the sample shop say, four messages each, and what a model answers them.

Ten conversations, one of which asks for a person. The messages are about as long as the shop's own examples,
6 to 96 characters. One in four needs no model: hello, thanks, goodbye, a person.
"""

import json
from typing import Any

from punai.testing import passages_in, proposal

CONVERSATIONS = (
    (
        "Hi there",
        "I ordered a French press nine days ago and it still hasn't arrived, can you look up where it is?",
        "How long does standard delivery to Scotland take?",
        "ok thanks",
    ),
    (
        "What are your opening hours on Saturday?",
        "And are you open on bank holidays?",
        "Is there parking near the shop?",
        "Great, thank you so much",
    ),
    (
        "My carafe was smashed when I opened the box",
        "Do I have to send it back to get a new one?",
        "Which email address do I send my photos to?",
        "thanks, bye",
    ),
    (
        "how do I return something I bought online",
        "Do I have to pay for the return postage?",
        "and when do I get my money back",
        "Can I also return it in the shop in Wexholme instead?",
    ),
    (
        "do your pans work on induction",
        "Can the cast iron pan go in the dishwasher?",
        "my carbon steel pan has gone rusty, how do I clean it",
        "That was really helpful, I appreciate it.",
    ),
    (
        "my discount code doesn't work",
        "It says the code is invalid, I copied it from your newsletter this morning",
        "can I combine two discount codes in one order",
        "I'd like to talk to a person, please",
    ),
    (
        "Hello, quick question",
        "how much is delivery to Germany",
        "Could I pay by bank transfer against an invoice? It is for our school.",
        "ok bye",
    ),
    (
        "espresso machine stopped heating, its 14 months old",
        "Is that still covered by the warranty?",
        "where do I send it for repair, and what does that cost",
        "I lost my receipt, is that a problem?",
    ),
    (
        "forgot my password",
        "the password reset email never comes",
        "I've moved house and want to update the address saved in my account",
        "thanks",
    ),
    (
        "do you have any vouchers for new customers",
        "which grinder would you recommend for two people who drink filter coffee?",
        "is it in stock and how fast is express delivery",
        "perfect, thanks, that's what I needed",
    ),
)

REPLY = (
    "Standard delivery to addresses on the UK mainland takes a few working days; to the Highlands, Northern"
    " Ireland and the islands it takes a little longer than that. Orders placed early enough on a working day"
    " are shipped the same day, and you get an e-mail with the tracking link as soon as it has left. If it is"
    " later than that, send us the order number and we will look into it with the carrier."
)
"""Seventy-six words; the instructions allow 120. A number would have to stand in a passage."""
ASKS_BACK = "Could you tell me a little more about it, and whether it is about an order that is on its way?"
"""Where it was given no passage."""


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """A model's proposal as it usually is: an intent, no human, one of the passages it was given, a reply."""
    message = request["messages"][-1]["content"]
    quotes = {name: " ".join(text.split()[:12]) for name, text in list(passages_in(request).items())[:1]}
    return proposal(
        REPLY if quotes else ASKS_BACK,
        quotes,
        evidence=message[:60],
        intent="delivery_times",
        confidence=0.93,
    )


def prompt_characters(request: dict[str, Any]) -> int:
    """How long a request's prompt is: its messages, and the schema, which OpenAI puts before them."""
    words = sum(len(message["content"]) for message in request["messages"])
    return words + len(
        json.dumps(request.get("response_format", {}).get("json_schema", {}).get("schema", {}))
    )


def answer_characters(request: dict[str, Any]) -> int:
    """How long a model's answer to it is, as it writes it."""
    return len(json.dumps(answer(request)))
