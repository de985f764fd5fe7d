"""Metrics from what is logged, for CloudWatch to read out of a Lambda function's output.

Each event is one line in CloudWatch's embedded metric format, written at once: no call leaves the process,
and nothing is held back that a time-out could take along.
"""

import json
from collections.abc import Mapping
from typing import Any, TextIO

from punai.logs import listeners

NAMESPACE = "PunAI"

UNITS = {
    "Turns": "Count",
    "TurnLatency": "Milliseconds",
    "AnsweredByReply": "Count",
    "AnsweredByDocuments": "Count",
    "AnsweredByModel": "Count",
    "AnsweredByHuman": "Count",
    "Fallbacks": "Count",
    "Escalations": "Count",
    "DeadDeliveries": "Count",
    "ThumbsUp": "Count",
    "ThumbsDown": "Count",
    "Rating": "None",  # 1 to 5, whose average is what to look at
    "RecoveredTurns": "Count",
    "ModelLatency": "Milliseconds",
    "InputTokens": "Count",
    "OutputTokens": "Count",
    "Ungrounded": "Count",
    "Cost": "None",  # US dollars, for which CloudWatch has no unit
}
"""Every metric, and what it is counted in. Who answered is a metric each, not a dimension: CloudWatch charges
for each metric with each value of each dimension, and a dimension would split all of them."""

_OF_A_MODEL_CALL = {
    "ModelLatency": "latency_ms",
    "InputTokens": "input_tokens",
    "OutputTokens": "output_tokens",
    "Cost": "cost",
}


def start(stream: TextIO, service: str) -> None:
    """Write the metrics of every event from now on to the stream: of the service, and of each tenant in it.

    Call it once, and only where CloudWatch reads the stream. `service` names one stage, such as `punai-prod`.
    """
    # Here, since nothing else needs it: it takes 7 ms and puts its name into every request to AWS.
    from aws_lambda_powertools.metrics import EphemeralMetrics

    def write(message: str, fields: Mapping[str, Any]) -> None:
        measured = measure(message, fields)
        if not measured:
            return
        document = EphemeralMetrics(namespace=NAMESPACE, service=service)
        document.add_dimensions(service=service, tenant=fields["tenant"])
        for name, value in measured.items():
            document.add_metric(name=name, unit=UNITS[name], value=value)
        # One call for the whole line: deliveries end in several threads, and `print` writes in two.
        stream.write(f"{json.dumps(document.serialize_metric_set())}\n")
        stream.flush()

    listeners.append(write)


def measure(message: str, fields: Mapping[str, Any]) -> dict[str, float]:
    """The metrics that an event adds to, by how much. A repeated message adds to none."""
    match message:
        case "turn" if not fields["repeated"]:
            return _of_a_turn(fields)
        case "turn recovered":
            return {"RecoveredTurns": 1}
        case "model call":
            return {name: fields[field] for name, field in _OF_A_MODEL_CALL.items() if field in fields}
        case "the model's answer was not sent":
            return {"Ungrounded": 1}
        case "escalation opened":
            return {"Escalations": 1}
        case "feedback" if fields["changed"] and fields["value"] != "none":
            return {f"Thumbs{fields['value'].capitalize()}": 1}
        case "conversation rated" if fields["changed"]:
            return {"Rating": fields["rating"]}
        case "escalation delivery" if fields["status"] == "dead":
            return {"DeadDeliveries": 1}
    return {}


def _of_a_turn(fields: Mapping[str, Any]) -> dict[str, float]:
    by, joined = fields["answered_by"], fields["step"] == "joined"
    # 0 as well as 1, so that the average of the metric is the rate that an alarm wants.
    measured = {
        "Turns": 1,
        "TurnLatency": fields["latency_ms"],
        "Fallbacks": int(by == "fallback" and not joined),
    }
    return measured if by == "fallback" else {**measured, f"AnsweredBy{by.capitalize()}": 1}
