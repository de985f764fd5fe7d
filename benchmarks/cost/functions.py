"""The functions of app.py, called as Lambda calls them, in a process in which nothing else runs.

`python -m benchmarks.cost.functions ROUNDS` plays the sample so often to measure processor time, once more to
count, and prints what it took, as JSON. The environment names store, topic and model, as on Lambda.
"""

import io
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from benchmarks.cost.measured import Measured, Taken
from benchmarks.cost.metering import UnitMeter
from benchmarks.cost.sample import CONVERSATIONS
from benchmarks.cost.units import stored_bytes

Played = tuple[list[tuple[str, Taken]], Counter[str]]
"""Every call, by its function's name, and who answered how often."""

CONTEXT = SimpleNamespace(
    aws_request_id="7b1b9a2e-2f0c-4c5e-9d5c-0123456789ab",
    function_name="punai-prod",
    function_version="$LATEST",
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:punai-prod",
    memory_limit_in_mb=1024,
    log_group_name="/aws/lambda/punai-prod",
    log_stream_name="2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef",
    get_remaining_time_in_millis=lambda: 29_000,
)


class Metric(NamedTuple):
    """What CloudWatch counts as one metric."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @property
    def of_tenant(self) -> bool:
        """Whether it is one business's own."""
        return "tenant" in dict(self.dimensions)


class Lambda:
    """Calls functions, and keeps what each call took."""

    def __init__(self, meter: UnitMeter, output: io.StringIO) -> None:
        self._meter, self._output = meter, output
        self.calls: list[tuple[str, Taken]] = []
        self.metrics: set[Metric] = set()

    def call(self, name: str, function: Callable[[Any, Any], Any], event: Mapping[str, Any]) -> Any:
        """The function's answer."""
        started = time.process_time()
        answer = function(event, CONTEXT)
        cpu_ms = (time.process_time() - started) * 1000
        cost, (reads, writes), lines = self._meter.take(), self._meter.take_units(), self._lines()
        self.metrics.update(metric for line in lines for metric in _metrics(line))
        taken = Taken(
            calls=1,
            cpu_ms=cpu_ms,
            reads=reads,
            writes=writes,
            engine_reads=cost.read_units,
            engine_writes=cost.write_units,
            requests=dict(cost.requests),
            log_bytes=sum(len(line.encode()) for line in lines),
            metric_lines=sum('"_aws"' in line for line in lines),
            sent_bytes=len(json.dumps(answer)),
        )
        self.calls.append((name, taken))
        return answer

    def _lines(self) -> list[str]:
        lines = self._output.getvalue().splitlines(keepends=True)
        self._output.seek(0)
        self._output.truncate()
        return lines


def main(rounds: int) -> None:
    """Play, and print."""
    told, output, meter = sys.stdout, io.StringIO(), UnitMeter()
    sys.stdout = output
    with meter.counting():
        import app  # after that, since it opens its desk at once, as on Lambda

        function = Lambda(meter, output)
        timed = [_play(app, function, meter, number) for number in range(rounds)]
        meter.off = False
        counted = _play(app, function, meter, rounds)
        meter.off = True
    measured = _measured(function, timed, counted)
    json.dump(measured.tell(), told)


def _play(app: Any, function: Lambda, meter: UnitMeter, number: int) -> Played:
    """The whole sample, and then a tick of the schedule."""
    function.calls, answered_by = [], Counter[str]()
    for customer, messages in enumerate(CONVERSATIONS):
        conversation: dict[str, str] = {}
        for text in messages:
            said = {"user_id": f"customer-{number}-{customer}", "message": text, **conversation}
            answer = function.call("chat", app.app, _gateway_event(said))
            if answer["statusCode"] != 200:
                raise RuntimeError(f"/chat answered {answer['statusCode']}: {answer['body']}")
            body = json.loads(answer["body"])
            conversation = {"conversation_id": body["conversation_id"]}
            answered_by[body["answered_by"]] += 1
            if records := list(_news_of_escalations(meter)):
                failed = function.call("outbox", app.outbox, {"Records": records})["batchItemFailures"]
                if failed:
                    raise RuntimeError(f"the outbox failed: {failed}")
    function.call("tick", app.every_minute, TICK)
    return function.calls, answered_by


def _news_of_escalations(meter: UnitMeter) -> Iterator[dict[str, Any]]:
    """The records by which the table's stream tells of new escalations; a filter keeps others away."""
    from punai.bootstrap import shared_desk
    from punai.builtin.dynamodb.items import delivery_key
    from punai.builtin.dynamodb.writes import key_item

    desk, was_off, meter.off = shared_desk(), meter.off, True
    tenant = desk.tenants[desk.default_tenant]
    for escalation in desk.store.escalations(tenant):
        if all(delivery.status == "pending" for delivery in escalation.deliveries):
            for handler in ("", *(delivery.handler for delivery in escalation.deliveries)):
                keys = key_item(delivery_key(tenant, escalation.id, handler))
                yield {"eventName": "INSERT", "dynamodb": {"Keys": keys, "SequenceNumber": "1"}}
    meter.off = was_off


def _measured(function: Lambda, timed: list[Played], counted: Played) -> Measured:
    from punai.bootstrap import shared_desk

    calls, answered_by = counted
    chat, outbox, tick = Taken(), Taken(), Taken()
    by_function = {"chat": chat, "outbox": outbox, "tick": tick}
    for position, (name, taken) in enumerate(calls):
        taken.cpu_ms = statistics.median(past[position][1].cpu_ms for past, _ in timed[1:])  # after a warm-up
        by_function[name].add(taken)
    desk = shared_desk()
    store: Any = desk.store
    items = store.table.connection.call("scan", TableName=store.table.name)["Items"]
    return Measured(
        conversations=len(CONVERSATIONS),
        chat=chat,
        outbox=outbox,
        tick=tick,
        stored_bytes=sum(map(stored_bytes, items)) // (len(timed) + 1),
        retain_days=desk.tenants[desk.default_tenant].retain_days,
        metrics=len(function.metrics),
        tenant_metrics=sum(metric.of_tenant for metric in function.metrics),
        escalated=sum(name == "outbox" for name, _ in calls),
        answered_by=dict(answered_by),
    )


def _metrics(line: str) -> Iterator[Metric]:
    """The metrics that a line in CloudWatch's embedded metric format publishes."""
    if '"_aws"' not in line:
        return
    document = json.loads(line)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for dimensions in directive["Dimensions"]:
            values = frozenset((name, document[name]) for name in dimensions)
            for metric in directive["Metrics"]:
                yield Metric(directive["Namespace"], metric["Name"], values)


def _gateway_event(body: Mapping[str, str]) -> dict[str, Any]:
    """What API Gateway's Lambda proxy integration sends."""
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Host": "abcdefghij.execute-api.us-east-1.amazonaws.com",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "X-Amzn-Trace-Id": "Root=1-6920a1b2-0123456789abcdef01234567",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
    }
    return {
        "resource": "/chat",
        "path": "/chat",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/chat",
            "httpMethod": "POST",
            "path": "/_prod/chat",
            "stage": "_prod",
            "requestId": CONTEXT.aws_request_id,
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


TICK = {
    "version": "0",
    "id": CONTEXT.aws_request_id,
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-20T12:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:events:us-east-1:123456789012:rule/punai-prod-every_minute-event"],
    "detail": {},
}

if __name__ == "__main__":
    main(int(sys.argv[1]))
