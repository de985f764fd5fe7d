"""Alarms reach the admin, say what to do, and are free; the dashboard too."""

import json
from typing import Any

import pytest

from punai.metrics import UNITS
from punai.provision.template import template
from tests.provision.conftest import DEPLOYED, NAMES, properties

FREE_METRICS, FREE_ON_A_DASHBOARD = 10, 50


@pytest.fixture
def whole() -> dict[str, Any]:
    return template(NAMES, "_prod", functions=DEPLOYED)


@pytest.fixture
def alarms(whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [one["Properties"] for one in whole["Resources"].values() if "Alarm" in one["Type"]]
    return {alarm["AlarmName"].removeprefix("punai-dev-"): alarm for alarm in found}


@pytest.fixture
def widgets(whole: dict[str, Any]) -> list[dict[str, Any]]:
    body = json.loads(properties(whole, "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Sub"])
    found: list[dict[str, Any]] = body["widgets"]
    return found


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]


def test_everything_that_can_go_wrong_has_an_alarm(alarms: dict[str, Any]) -> None:
    assert set(alarms) == {
        "Errors",
        "SlowAnswers",
        "DeadDeliveries",
        "Fallbacks",
        "Throttles",
        "FailedWork",
        "Cost",
        "Schedule",
    }


def test_alarms_of_a_stage_are_within_the_free_tier(alarms: dict[str, Any]) -> None:
    assert sum(len(metrics(alarm)) for alarm in alarms.values()) == FREE_METRICS


def test_alarms_go_to_the_topic_and_say_what_to_do(alarms: dict[str, Any]) -> None:
    for alarm in alarms.values():
        [action] = alarm["AlarmActions"]
        assert action["Fn::Sub"].endswith(":punai-dev-escalations")
        assert len(alarm["AlarmDescription"]) > 50


def test_silence_is_trouble_for_the_schedule_only(alarms: dict[str, Any]) -> None:
    assert {name for name, alarm in alarms.items() if alarm["TreatMissingData"] == "breaching"} == {
        "Schedule"
    }
    before_it_is_deployed = template(NAMES, "dev", functions={})
    assert "ScheduleAlarm" not in before_it_is_deployed["Resources"]


def test_fallbacks_of_a_few_turns_alarm_nobody(alarms: dict[str, Any]) -> None:
    [_, _, share] = alarms["Fallbacks"]["Metrics"]
    assert share["Expression"] == "IF(turns >= 20, 100 * fallbacks / turns, 0)"
    assert alarms["Fallbacks"]["Threshold"] == 30


def test_gateway_is_watched_under_its_own_names(alarms: dict[str, Any]) -> None:
    for name in ("Errors", "SlowAnswers"):
        [metric] = metrics(alarms[name])
        assert metric["Dimensions"] == [
            {"Name": "ApiName", "Value": "punai"},
            {"Name": "Stage", "Value": "_prod"},
        ]


def test_own_metrics_are_those_that_are_emitted(
    alarms: dict[str, Any], widgets: list[dict[str, Any]]
) -> None:
    for alarm in alarms.values():
        for metric in metrics(alarm):
            if metric["Namespace"] == "PunAI":
                assert metric["MetricName"] in UNITS
                assert metric["Dimensions"] == [{"Name": "service", "Value": "punai-dev"}]
    drawn = [metric for widget in widgets for metric in widget["properties"]["metrics"]]
    assert {metric[1] for metric in drawn if metric[0] == "PunAI"} == set(UNITS)
    assert all(metric[2:4] == ["service", "punai-dev"] for metric in drawn if metric[0] == "PunAI")


def test_dashboard_is_within_the_free_tier_and_nothing_overlaps(widgets: list[dict[str, Any]]) -> None:
    assert sum(len(widget["properties"]["metrics"]) for widget in widgets) <= FREE_ON_A_DASHBOARD
    places = {(widget["x"], widget["y"]) for widget in widgets}
    assert len(places) == len(widgets)
    assert max(widget["x"] + widget["width"] for widget in widgets) == 24
