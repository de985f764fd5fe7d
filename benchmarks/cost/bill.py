"""From what was measured to quantities, and from quantities to dollars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cost.measured import Measured, Taken
from benchmarks.cost.prices import PRICES
from punai.builtin.bucket.shelf import ASK_EVERY
from punai.provision.names import FUNCTIONS, Names
from punai.provision.template import PARAMETERS, template

Quantities = Mapping[str, float]
"""How much of each thing in `PRICES`."""

DAYS = 365 / 12
SECONDS = DAYS * 24 * 60 * 60
"""Both in a month."""
TICKS = SECONDS / 60
"""How often the schedule calls in a month."""
GB = 1024**3
VCPU_MB = 1769
"""At this memory a function has one processor, in proportion below it:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
CHARACTERS_PER_TOKEN = 4
"""gpt-4.1's own tokenizer (o200k_base), which the environment does not have, makes a token of 4.1 characters,
of the sample's prompts with their schema as of its answers."""
STORED = ("DynamoDB storage", "DynamoDB point-in-time recovery")
REQUEST_ID = "7b1b9a2e-2f0c-4c5e-9d5c-0123456789ab"
LAMBDAS_OWN_LINES = (
    f"START RequestId: {REQUEST_ID} Version: $LATEST\n"
    f"END RequestId: {REQUEST_ID}\n"
    f"REPORT RequestId: {REQUEST_ID}\tDuration: 1234.56 ms\tBilled Duration: 1235 ms\tMemory Size: 1024 MB\t"
    "Max Memory Used: 180 MB\t\n"
)
"""What Lambda logs of each call by itself."""
HEADERS = 700
"""Bytes of an HTTP message that are not its body, roughly."""


def provisioned(kind: str) -> list[dict[str, Any]]:
    """The properties of all resources of this kind that `punai provision` makes for a stage."""
    made = template(Names("prod"), "_prod", functions={name: name for name in FUNCTIONS})["Resources"]
    return [resource["Properties"] for resource in made.values() if resource["Type"] == kind]


def alarm_metrics() -> int:
    """How many metrics a stage's alarms read together, which is what they are billed by."""
    alarms = provisioned("AWS::CloudWatch::Alarm")
    return sum("MetricStat" in metric for alarm in alarms for metric in alarm["Metrics"])


@dataclass(frozen=True, slots=True)
class Terms:
    """What is not measured but taken as given."""

    memory_mb: int = 1024
    model_seconds: float = 1.5
    dynamodb_ms: float = 5.0
    """AWS promises single-digit milliseconds."""
    other_ms: float = 30.0
    """A request to another service of AWS."""
    cold_share: float = 0.01
    """AWS says that under 1 % of calls are cold starts (Compute Blog, April 2025). Since August 2025 they are
    billed."""
    alarms: int = field(default_factory=alarm_metrics)
    dashboards: int = field(default_factory=lambda: len(provisioned("AWS::CloudWatch::Dashboard")))
    documents_gb: float = 0.01
    log_days: int = PARAMETERS["LogRetentionDays"]["Default"]
    left_behind: int = 30_000
    """Conversations that are still stored in a month in which nobody talks."""


def duration_ms(taken: Taken, terms: Terms, *, model_calls: int = 0) -> float:
    """How long one call of a function takes on Lambda, on average.

    That is its processor time, with the share of a processor that the memory brings, and what it waits for.
    """
    dynamodb = sum(count for name, count in taken.requests.items() if name.startswith("dynamodb."))
    other = sum(taken.requests.values()) - dynamodb
    waits = dynamodb * terms.dynamodb_ms + other * terms.other_ms + model_calls * terms.model_seconds * 1000
    return (_at_memory(taken.cpu_ms, terms) + waits) / taken.calls


def per_conversation(measured: Measured, terms: Terms) -> Quantities:
    """What one conversation takes, on average."""
    both = Taken()
    for taken in (measured.chat, measured.outbox):
        both.add(taken)
    chat_ms = duration_ms(measured.chat, terms, model_calls=measured.model_calls) * measured.chat.calls
    outbox_ms = duration_ms(measured.outbox, terms) * measured.outbox.calls if measured.outbox.calls else 0
    cold_ms = terms.cold_share * both.calls * _at_memory(measured.start_ms, terms)
    emails = both.requests.get("sns.Publish", 0)
    log_gb = (both.log_bytes + both.calls * len(LAMBDAS_OWN_LINES)) / GB
    # What is stored at any time is what all the days of its keeping brought.
    kept_gb = measured.stored_bytes / GB * measured.retain_days / DAYS
    sent = measured.chat.sent_bytes + measured.prompt_characters
    messages = measured.chat.calls + measured.model_calls
    together = {
        "DynamoDB writes": both.writes,
        "DynamoDB reads": both.reads,
        "DynamoDB storage": kept_gb,
        "DynamoDB point-in-time recovery": kept_gb,
        "DynamoDB stream reads by Lambda": measured.outbox.calls,
        "Lambda compute": (chat_ms + outbox_ms + cold_ms) / 1000 * terms.memory_mb / 1024,
        "Lambda requests": both.calls,
        "API Gateway (REST)": measured.chat.calls,
        "SNS e-mails": emails,
        "SNS requests": emails,
        "CloudWatch logs taken in": log_gb,
        "CloudWatch logs kept": log_gb * terms.log_days / DAYS,
        "Data to the internet": (sent + messages * HEADERS) / GB,
        "Model: tokens in": measured.prompt_characters / CHARACTERS_PER_TOKEN,
        "Model: tokens out": measured.answer_characters / CHARACTERS_PER_TOKEN,
    }
    return times(together, 1 / measured.conversations)


def standing(measured: Measured, terms: Terms) -> Quantities:
    """What a month takes although nobody talks, but for what is stored of those who talked."""
    tick = measured.tick
    log_gb = TICKS * (tick.log_bytes + len(LAMBDAS_OWN_LINES)) / GB
    return {
        "DynamoDB reads": TICKS * tick.reads,
        "DynamoDB writes": TICKS * tick.writes,
        "Lambda compute": TICKS * duration_ms(tick, terms) / 1000 * terms.memory_mb / 1024,
        "Lambda requests": TICKS,
        "EventBridge schedule": TICKS,
        "CloudWatch logs taken in": log_gb,
        "CloudWatch logs kept": log_gb * terms.log_days / DAYS,
        "CloudWatch alarms": terms.alarms,
        "CloudWatch dashboards": terms.dashboards,
        "S3 storage": terms.documents_gb,
    }


def at_rest(measured: Measured, terms: Terms) -> Quantities:
    """A month in which nobody talks, with a table that is not empty."""
    stored = measured.stored_bytes / measured.conversations * terms.left_behind / GB
    return total(standing(measured, terms), dict.fromkeys(STORED, stored))


def month(measured: Measured, terms: Terms, conversations_a_day: float) -> Quantities:
    """A month of so many conversations a day, as were the months before; every metric in every hour."""
    talk = times(per_conversation(measured, terms), conversations_a_day * DAYS)
    # Every environment that is busy looks for a newer index of documents now and then, not at every turn.
    turns = talk["API Gateway (REST)"]
    busy = turns * duration_ms(measured.chat, terms, model_calls=measured.model_calls) / 1000 / SECONDS
    looks = min(turns, max(1, busy) * SECONDS / ASK_EVERY)
    whatever = {"CloudWatch metrics": measured.metrics, "S3 reads": looks}
    return total(standing(measured, terms), talk, whatever)


def further_business(measured: Measured) -> Quantities:
    """What one business more adds to a month beside what its customers say."""
    return {"CloudWatch metrics": measured.tenant_metrics, "DynamoDB reads": TICKS * measured.tick.reads}


def total(*parts: Quantities) -> Quantities:
    """Several together."""
    return {name: sum(part.get(name, 0) for part in parts) for name in PRICES}


def times(quantities: Quantities, factor: float) -> Quantities:
    """So many times as much."""
    return {name: quantity * factor for name, quantity in quantities.items()}


def dollars(quantities: Quantities) -> dict[str, float]:
    """What it costs, item by item."""
    return {name: PRICES[name].of(quantity) for name, quantity in quantities.items()}


def _at_memory(cpu_ms: float, terms: Terms) -> float:
    return cpu_ms / min(1, terms.memory_mb / VCPU_MB)
