"""The first route that fits says who is told; without one it is whoever the pack names for the rest."""

import pytest

from punai.routing import Case, Route, handlers

ROUTES = (
    Route(to=("pagerduty", "slack", "pagerduty"), urgent=True),
    Route(to=("night",), open=False),
    Route(to=("returns",), intents=("returns", "refunds"), reasons=("intent", "anger")),
    Route(to=("german",), languages=("de",)),
)


def case(**fields: object) -> Case:
    usual = {"intent": "returns", "reason": "model", "language": "en", "urgent": False, "open": True}
    return Case.model_validate({**usual, **fields})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (case(), ("log",)),
        (case(urgent=True, open=False), ("pagerduty", "slack")),
        (case(open=False), ("night",)),
        (case(reason="intent:returns"), ("returns",)),
        (case(reason="anger", language="de"), ("returns",)),
        (case(reason="anger", intent="other"), ("log",)),
        (case(language="de"), ("german",)),
    ],
)
def test_first_route_that_fits_decides(given: Case, told: tuple[str, ...]) -> None:
    assert handlers(ROUTES, ("log",), given) == told
