"""A business's colour, moved until it can be read: contrast as WCAG 2.2 measures it.

https://www.w3.org/TR/WCAG22/#dfn-relative-luminance and #dfn-contrast-ratio;
text needs 4.5 by success criterion 1.4.3.
"""

from collections.abc import Sequence

from punai.models import Model

Rgb = Sequence[int]
"""Red, green and blue, from 0 to 255."""

ENOUGH = 4.5
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
SURFACES = {"light": ("#ffffff", "#f2f3f6"), "dark": ("#16181d", "#262931")}
"""What the widget puts its accent on, by theme: its --ground and --raised."""
STEPS = 256


class Accent(Model):
    """A colour for buttons and links, and one for text on it."""

    accent: str
    on_accent: str


class Colors(Model):
    """The business's colour in both themes."""

    light: Accent
    dark: Accent


def colors(color: str) -> Colors:
    """The accent in both themes for a colour such as "#0b6e4f": the colour itself where it can be read on the
    widget's surfaces, else the nearest shade of it (light theme) or tint (dark theme) that can."""
    return Colors(light=_accent(color, "light", BLACK), dark=_accent(color, "dark", WHITE))


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(rgb: Rgb) -> float:
    """The relative luminance, from 0 (black) to 1 (white)."""
    red, green, blue = (_linear(channel / 255) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def rgb_of(color: str) -> Rgb:
    """The channels of "#rrggbb" or "#rgb"."""
    digits = color.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    return tuple(bytes.fromhex(digits))


def _accent(color: str, theme: str, towards: Rgb) -> Accent:
    surfaces = [rgb_of(surface) for surface in SURFACES[theme]]
    own = rgb_of(color)
    shades = (_mixed(own, towards, step / STEPS) for step in range(STEPS + 1))
    accent = next(shade for shade in shades if min(contrast(shade, each) for each in surfaces) >= ENOUGH)
    on_accent = max(WHITE, BLACK, key=lambda text: contrast(accent, text))
    return Accent(accent=_hex(accent), on_accent=_hex(on_accent))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def _hex(rgb: Rgb) -> str:
    return "#" + bytes(rgb).hex()
