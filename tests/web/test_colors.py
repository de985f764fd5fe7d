"""A business's colour is readable in both themes, whatever it is."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import punai.web
from punai.web.colors import BLACK, ENOUGH, SURFACES, WHITE, colors, contrast, luminance, rgb_of

WIDGET = Path(punai.web.__file__).with_name("static") / "widget.js"


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000", "#fff", 21.0),
        ("#fff", "#fff", 1.0),
        # The well-known border: the lightest and the darkest grey of their kind that pass on white.
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.00),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_wcags(one: str, other: str, ratio: float) -> None:
    assert contrast(rgb_of(one), rgb_of(other)) == contrast(rgb_of(other), rgb_of(one))
    assert contrast(rgb_of(one), rgb_of(other)) == pytest.approx(ratio, abs=0.005)


def test_luminance_goes_from_black_to_white() -> None:
    assert luminance(BLACK) == 0
    assert luminance(WHITE) == pytest.approx(1)


@settings(deadline=None, derandomize=True, database=None)
@given(st.tuples(*3 * [st.integers(0, 255)]))
def test_every_colour_can_be_read_in_both_themes(rgb: tuple[int, int, int]) -> None:
    both = colors("#" + bytes(rgb).hex())
    for theme, accent in (("light", both.light), ("dark", both.dark)):
        assert contrast(rgb_of(accent.accent), rgb_of(accent.on_accent)) >= ENOUGH
        for surface in SURFACES[theme]:
            assert contrast(rgb_of(accent.accent), rgb_of(surface)) >= ENOUGH


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert colors("#0B6E4F").light.accent == "#0b6e4f"
    assert colors("#ff0").dark.accent == "#ffff00"


def test_a_colour_is_moved_no_further_than_it_must() -> None:
    moved = colors("#ff8800").light.accent
    assert ENOUGH <= min(contrast(rgb_of(moved), rgb_of(each)) for each in SURFACES["light"]) < ENOUGH + 0.1


def test_surfaces_are_those_of_the_widget() -> None:
    style = WIDGET.read_text(encoding="utf-8")
    for name, surfaces in (("ground", 0), ("raised", 1)):
        [(light, dark)] = re.findall(rf"--{name}: light-dark\((#\w+), (#\w+)\)", style)
        assert [rgb_of(light), rgb_of(dark)] == [rgb_of(SURFACES[theme][surfaces]) for theme in SURFACES]
