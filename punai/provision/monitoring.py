"""Who watches: alarms to the admin's topic, and a dashboard.

CloudWatch bills 0.10 US dollars a month for each metric that an alarm reads, ten of an account's being free,
and three dashboards of up to 50 metrics are free too (https://aws.amazon.com/cloudwatch/pricing/). So the
alarms of a stage read ten metrics together, and the dashboard shows fewer than 50. Failures of functions that
nobody waits for all end in the dead-letter queue (wiring.py), so that one alarm hears of them.
"""

import json
from collections.abc import Container, Mapping
from typing import Any

from punai.metrics import NAMESPACE
from punai.provision.names import ANYWHERE, APP, EVERY_MINUTE, FUNCTIONS, WEB, Names

ANSWERED = ("AnsweredByReply", "AnsweredByDocuments", "AnsweredByModel", "AnsweredByHuman", "Fallbacks")
"""Who answered."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
SLOW = 8_000
"""Milliseconds that one answer in twenty may take; a model may take 10 seconds."""
FEW = 20
"""Turns in an hour, below which their share says nothing."""
MANY_FALLBACKS = 30
"""Per cent of turns that nothing but a stock reply or a human could answer."""


def alarms(names: Names, api_stage: str, functions: Container[str]) -> dict[str, Any]:
    """Every alarm. The one for the schedule only where it is deployed: it takes silence for trouble."""
    web = {"FunctionName": names.function(WEB)}
    api = {"ApiName": APP, "Stage": api_stage}
    service = {"service": names.prefix}
    found = {
        "Errors": _alarm(
            f"Customers got errors (5xx). Read the log {names.log_group(WEB)}, run punai doctor.",
            [_metric("errors", "AWS/ApiGateway", "5XXError", api, 5 * MINUTE)],
            over=0,
        ),
        "SlowAnswers": _alarm(
            f"For a quarter of an hour, one answer in twenty took more than {SLOW // 1000} seconds.",
            [_metric("latency", "AWS/ApiGateway", "Latency", api, 5 * MINUTE, "p95")],
            over=SLOW,
            periods=3,
        ),
        "DeadDeliveries": _alarm(
            "A customer waits for a human and nobody could be told. Run punai escalations, then --retry.",
            [_metric("dead", NAMESPACE, "DeadDeliveries", service, 5 * MINUTE)],
            over=0,
        ),
        "Fallbacks": _alarm(
            f"For an hour, more than {MANY_FALLBACKS} % of the turns had no real answer. Does the model"
            " answer? Run punai doctor --call-model.",
            [
                _metric("turns", NAMESPACE, "Turns", service, HOUR, shown=False),
                _metric("fallbacks", NAMESPACE, "Fallbacks", service, HOUR, shown=False),
                _formula("share", f"IF(turns >= {FEW}, 100 * fallbacks / turns, 0)", "Fallbacks in per cent"),
            ],
            over=MANY_FALLBACKS,
        ),
        "Throttles": _alarm(
            f"The table {names.table} or the function {names.function(WEB)} was asked for more than allowed."
            " Ask for a higher quota (Lambda: concurrent executions), or limit the rate at the gateway.",
            [
                _metric("calls", "AWS/Lambda", "Throttles", web, 5 * MINUTE, shown=False),
                _metric(
                    "writes",
                    "AWS/DynamoDB",
                    "WriteThrottleEvents",
                    {"TableName": names.table},
                    5 * MINUTE,
                    shown=False,
                ),
                _formula("throttles", "FILL(calls, 0) + FILL(writes, 0)", "Throttles"),
            ],
            over=0,
        ),
        "FailedWork": _alarm(
            f"The queue {names.queue} holds what a function failed at. Read it and the function's log;"
            " when it is dealt with, purge the queue.",
            [
                _metric(
                    "failed",
                    "AWS/SQS",
                    "ApproximateNumberOfMessagesVisible",
                    {"QueueName": names.queue},
                    5 * MINUTE,
                    "Maximum",
                )
            ],
            over=0,
        ),
        "Cost": _alarm(
            "In a day, models cost more than the limit that is set (punai provision --cost-per-day).",
            [_metric("cost", NAMESPACE, "Cost", service, DAY)],
            over={"Ref": "CostPerDay"},
        ),
    }
    if EVERY_MINUTE in functions:
        every_minute = {"FunctionName": names.function(EVERY_MINUTE)}
        found["Schedule"] = _alarm(
            f"For a quarter of an hour, {names.function(EVERY_MINUTE)} was not called: nothing is delivered"
            " again, and nothing recovered. Is its rule in EventBridge enabled?",
            [_metric("calls", "AWS/Lambda", "Invocations", every_minute, 5 * MINUTE)],
            under=1,
            periods=3,
        )
    topic = {"Fn::Sub": ANYWHERE.arn("sns", names.topic)}
    for name, alarm in found.items():
        alarm["Properties"] |= {"AlarmName": f"{names.prefix}-{name}", "AlarmActions": [topic]}
    return {f"{name}Alarm": alarm for name, alarm in found.items()}


def _alarm(
    description: str, metrics: list[dict[str, Any]], *, over: Any = None, under: Any = None, periods: int = 1
) -> dict[str, Any]:
    """An alarm over or under a threshold. No data is nothing, and so alarming only where it is `under`."""
    below = under is not None
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": description,
            "Metrics": metrics,
            "ComparisonOperator": "LessThanThreshold" if below else "GreaterThanThreshold",
            "Threshold": under if below else over,
            "EvaluationPeriods": periods,
            "TreatMissingData": "breaching" if below else "notBreaching",
        },
    }


def _metric(
    identifier: str,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    seconds: int,
    statistic: str = "Sum",
    *,
    shown: bool = True,
) -> dict[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {
        "Id": identifier,
        "ReturnData": shown,
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": named},
            "Period": seconds,
            "Stat": statistic,
        },
    }


def _formula(identifier: str, expression: str, label: str) -> dict[str, Any]:
    return {"Id": identifier, "Expression": expression, "Label": label, "ReturnData": True}


def dashboard(names: Names, api_stage: str) -> dict[str, Any]:
    """The dashboard, named after the stage: what customers get, what it costs, and what runs underneath."""
    api = ["ApiName", APP, "Stage", api_stage]
    own = ["service", names.prefix]
    table = ["TableName", names.table]
    functions = [names.function(name) for name in FUNCTIONS]
    widgets = [
        _graph(
            "Turns", [[NAMESPACE, name, *own] for name in ("Turns", *ANSWERED, "Ungrounded", "Escalations")]
        ),
        _graph(
            "Milliseconds of a turn, and of a model",
            [
                [NAMESPACE, name, *own, {"stat": statistic, "label": f"{name} {statistic}"}]
                for name in ("TurnLatency", "ModelLatency")
                for statistic in ("p50", "p95")
            ],
        ),
        _graph("Cost of models (US dollars)", [[NAMESPACE, "Cost", *own]], period=DAY),
        _graph("Tokens", [[NAMESPACE, name, *own] for name in ("InputTokens", "OutputTokens")]),
        _graph("Requests", [["AWS/ApiGateway", name, *api] for name in ("Count", "4XXError", "5XXError")]),
        _graph(
            "Milliseconds of a request",
            [["AWS/ApiGateway", "Latency", *api, {"stat": stat}] for stat in ("p50", "p95")],
        ),
        _graph(
            "Feedback",
            [
                *([NAMESPACE, name, *own] for name in ("ThumbsUp", "ThumbsDown")),
                [NAMESPACE, "Rating", *own, {"stat": "Average", "yAxis": "right"}],
            ],
        ),
        _graph(
            "Failures",
            [
                *([NAMESPACE, name, *own] for name in ("DeadDeliveries", "RecoveredTurns")),
                [
                    "AWS/SQS",
                    "ApproximateNumberOfMessagesVisible",
                    "QueueName",
                    names.queue,
                    {"stat": "Maximum"},
                ],
                *(["AWS/Lambda", "Errors", "FunctionName", function] for function in functions),
            ],
        ),
        _graph("Calls", [["AWS/Lambda", "Invocations", "FunctionName", function] for function in functions]),
        _graph(
            "Milliseconds of a call (p95)",
            [["AWS/Lambda", "Duration", "FunctionName", function, {"stat": "p95"}] for function in functions],
        ),
        _graph(
            "Refused as too much",
            [
                *(["AWS/Lambda", "Throttles", "FunctionName", function] for function in functions),
                *(["AWS/DynamoDB", f"{kind}ThrottleEvents", *table] for kind in ("Read", "Write")),
            ],
        ),
        _graph(
            "Units of the table",
            [["AWS/DynamoDB", f"Consumed{kind}CapacityUnits", *table] for kind in ("Read", "Write")],
        ),
    ]
    columns, width, height = 3, 8, 6
    for number, widget in enumerate(widgets):
        widget |= {"x": number % columns * width, "y": number // columns * height}
        widget |= {"width": width, "height": height}
    body = json.dumps({"widgets": widgets})
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": names.prefix, "DashboardBody": {"Fn::Sub": body}},
    }


def _graph(title: str, metrics: list[list[Any]], *, period: int = 5 * MINUTE) -> dict[str, Any]:
    shown = {"title": title, "metrics": metrics, "period": period, "stat": "Sum", "region": ANYWHERE.region}
    return {"type": "metric", "properties": {**shown, "view": "timeSeries"}}
