"""The picture of what a turn costs in DynamoDB: curves over the turn's number, both axes logarithmic.

The points are kept in the picture, so that it can be drawn again without measuring.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape, unescape
from pathlib import Path

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "storage-cost.svg"
WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, TOP, BOTTOM = 64, 736, 74, 380
TURNS, UNITS = (1, 10, 100, 1000, 5000), (1, 10, 100, 1000)
HIGHEST = 2000
TITLE = "What one turn costs in DynamoDB: write units"
SUBTITLE = "300 bytes each way, by the turn's number in its conversation; DynamoDB Local, as it counts"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a page, and of the curves in their order."""

    page: str
    ink: str
    quiet: str
    grid: str
    curves: tuple[str, ...]


LIGHT = Palette("#ffffff", "#1f2328", "#59636e", "#d8dee4", ("#0969da", "#bc4c00", "#8250df"))
DARK = Palette("#1c2128", "#e6edf3", "#9198a1", "#3d444d", ("#58a6ff", "#f0883e", "#bc8cff"))


@dataclass(frozen=True, slots=True)
class Curve:
    """Write units at turns; and where no more fit, the first turn that was refused."""

    name: str
    points: tuple[tuple[int, float], ...]
    refused_at: int | None = None


def draw(curves: Sequence[Curve]) -> str:
    """The picture as SVG, for light and dark pages."""
    parts = [_text(LEFT, 30, TITLE, "title"), _text(LEFT, 50, SUBTITLE, "quiet"), *_grid()]
    parts += [part for number, curve in enumerate(curves) for part in _curve(number, curve)]
    kept = escape(json.dumps([asdict(curve) for curve in curves]), quote=False)
    body = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" \
viewBox="0 0 {WIDTH} {HEIGHT}" role="img">
<title>{TITLE}</title>
<metadata>{kept}</metadata>
<style>
text {{ font: 13px "DejaVu Sans", Helvetica, Arial, sans-serif }}
.title {{ font-size: 17px; font-weight: bold }}
.curve {{ stroke-width: 2.5; stroke-linejoin: round }}
{_colors(LIGHT)}
@media (prefers-color-scheme: dark) {{
{_colors(DARK)}
}}
</style>
<rect class="page" width="100%" height="100%" rx="8"/>
{body}
</svg>
"""


def read(picture: str) -> list[Curve]:
    """The curves of which a picture was drawn."""
    _, _, after = picture.partition("<metadata>")
    kept = json.loads(unescape(after.partition("</metadata>")[0]))
    return [
        Curve(curve["name"], tuple((turn, units) for turn, units in curve["points"]), curve["refused_at"])
        for curve in kept
    ]


def _colors(palette: Palette) -> str:
    rules = [
        f".page {{ fill: {palette.page} }}",
        f".title {{ fill: {palette.ink} }}",
        f".quiet {{ fill: {palette.quiet} }}",
        f".grid {{ stroke: {palette.grid} }}",
    ]
    for number, color in enumerate(palette.curves):
        rules += [f".line{number} {{ fill: none; stroke: {color} }}", f".name{number} {{ fill: {color} }}"]
    return "\n".join(rules)


def _x(turn: float) -> float:
    return LEFT + (RIGHT - LEFT) * math.log(turn) / math.log(TURNS[-1])


def _y(units: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * math.log(units) / math.log(HIGHEST)


def _grid() -> list[str]:
    across = [_line(LEFT, _y(units), RIGHT, _y(units)) for units in UNITS]
    up = [_line(_x(turn), TOP, _x(turn), BOTTOM) for turn in TURNS]
    units_at = [_text(LEFT - 8, _y(units) + 4, f"{units:,}", "quiet", "end") for units in UNITS]
    turns_at = [_text(_x(turn), BOTTOM + 20, f"{turn:,}", "quiet", "middle") for turn in TURNS]
    return [
        *across,
        *up,
        *units_at,
        *turns_at,
        _text((LEFT + RIGHT) / 2, BOTTOM + 40, "turn", "quiet", "middle"),
    ]


def _curve(number: int, curve: Curve) -> list[str]:
    places = [(_x(turn), _y(units)) for turn, units in curve.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    line = f'<polyline class="curve line{number}" points="{path}"/>'
    x, y = places[-1]
    kind = f"name{number}"
    if curve.refused_at is None:
        return [line, _text(x - 6, y - 10, curve.name, kind, "end")]
    end = f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    refused = f"no room for turn {curve.refused_at}"
    return [line, end, _text(x + 12, y, curve.name, kind), _text(x + 12, y + 16, refused, kind)]


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(words, quote=False)}</text>'
