"""What was measured, as one process tells it to another."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(slots=True)
class Taken:
    """What calls of one function took together."""

    calls: int = 0
    cpu_ms: float = 0
    reads: float = 0
    writes: float = 0
    engine_reads: float = 0
    engine_writes: float = 0
    requests: dict[str, int] = field(default_factory=dict)
    log_bytes: int = 0
    metric_lines: int = 0
    sent_bytes: int = 0

    def add(self, other: "Taken") -> None:
        """Count the other's in."""
        requests = dict(Counter(self.requests) + Counter(other.requests))
        for name in self.__slots__:
            if name != "requests":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.requests = requests


@dataclass(slots=True)
class Measured:
    """What the sample took, function by function, and one tick of the schedule when nothing is due.

    `metrics` are the distinct ones that were published, of which `tenant_metrics` are one business's own;
    `start_ms` is the processor time of one cold start.
    `prompt_characters` and `answer_characters` are those of all calls of the model together.
    """

    conversations: int
    chat: Taken
    outbox: Taken
    tick: Taken
    stored_bytes: int
    retain_days: int
    metrics: int
    tenant_metrics: int
    escalated: int
    answered_by: dict[str, int]
    model_calls: int = 0
    prompt_characters: int = 0
    answer_characters: int = 0
    start_ms: float = 0

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """What another process told by `tell`."""
        functions = {name: Taken(**told[name]) for name in ("chat", "outbox", "tick")}
        return cls(**{**told, **functions})

    def tell(self) -> dict[str, Any]:
        """What can be sent as JSON."""
        return asdict(self)
