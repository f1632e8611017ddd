"""A site's own colours: put in the place of the app's, with those mixed from them, and checked to be readable."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from sporeprint_training.errors import BadInput

Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]
LEAST_CONTRAST = 4.5
"""Of text on its ground: WCAG 2.2, success criterion 1.4.3, level AA."""
PAIRS = (
    *(("ink", "paper"), ("ink", "raised"), ("ink", "danger-paper"), ("muted", "paper"), ("muted", "raised")),
    *(("moss", "paper"), ("moss", "raised"), ("on-moss", "moss"), ("bark", "paper"), ("bark", "raised")),
    *(("paper", "bark"), ("danger", "paper"), ("danger", "raised"), ("danger", "danger-paper")),
)
"""Tokens of text and of what it stands on somewhere in the app."""
_BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")
_TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-fA-F]{6});")


class Palette(BaseModel):
    """Colours of one look; those that are not given stay the app's. Red stands for danger alone and stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paper: Hex | None = None
    """The ground."""
    ink: Hex | None = None
    """Text."""
    moss: Hex | None = None
    """Links and buttons."""
    bark: Hex | None = None
    """The safety line's edge, numerals, what has the keyboard's focus."""


class Colours(BaseModel):
    """A site's own colours; the black on white for sunlight has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    light: Palette = Palette()
    dark: Palette = Palette()


def looks(css: str) -> dict[str, dict[str, str]]:
    """The colours of every look in a style sheet of tokens: `light`, `dark` and `sun`, by token."""
    found: dict[str, dict[str, str]] = {"light": {}, "dark": {}, "sun": {}}
    for selector, body in _BLOCK.findall(css):
        found[_look(selector)] |= dict(_TOKEN.findall(body))
    return {look: {**found["light"], **colours} for look, colours in found.items()}


def recoloured(css: str, colours: Colours) -> str:
    """The style sheet of tokens with a site's own colours, and those mixed from them.

    Raises:
        BadInput: text in these colours would be hard to read; every pair is named with its contrast.
    """
    before = looks(css)
    own = {look: _derived(look, getattr(colours, look), before[look]) for look in ("light", "dark")}
    after = {look: {**before[look], **own.get(look, {})} for look in before}
    _check(after)

    def block(match: re.Match[str]) -> str:
        new = own.get(_look(match[1]), {})
        body = _TOKEN.sub(lambda token: f"--{token[1]}: {new.get(token[1], token[2])};", match[2])
        return f"{match[1]}{{{body}}}"

    return _BLOCK.sub(block, css)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours `#rrggbb`, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def faint_pairs(colours: dict[str, str]) -> list[str]:
    """Pairs of one look that are too close to read, in words."""
    return [
        f"{text} {colours[text]} on {ground} {colours[ground]} has {found:.2f}:1"
        for text, ground in PAIRS
        if (found := contrast(colours[text], colours[ground])) < LEAST_CONTRAST
    ]


def _check(after: dict[str, dict[str, str]]) -> None:
    faint = [f"colours.{look}: {pair}" for look, colours in after.items() for pair in faint_pairs(colours)]
    if faint:
        raise BadInput(
            f"Text has a contrast of at least {LEAST_CONTRAST}:1 to its ground (WCAG 2.2, 1.4.3)",
            received="; ".join(faint),
            next_step="Make the text darker or the ground lighter, and the other way round in the dark look",
        )


def _derived(look: str, palette: Palette, before: dict[str, str]) -> dict[str, str]:
    own = {name: colour for name, colour in palette.model_dump().items() if colour}
    if not own:
        return {}
    all_four = {**before, **own}
    paper, ink, moss = all_four["paper"], all_four["ink"], all_four["moss"]
    mixed = {
        "raised": _mix(paper, "#ffffff" if look == "light" else ink, 0.5 if look == "light" else 0.05),
        "muted": _mix(ink, paper, 0.25),
        "line": _mix(ink, paper, 0.8),
        "on-moss": max((paper, ink), key=lambda colour: contrast(colour, moss)),
    }
    return {**mixed, **own}


def _look(selector: str) -> str:
    if '[data-look="sun"]' in selector and ":not(" not in selector:
        return "sun"
    return "dark" if ":not(" in selector or '[data-look="dark"]' in selector else "light"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    shares = [channel / 255 for channel in _channels(colour)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(one: str, other: str, share: float) -> str:
    """`share` of the other colour in the first, channel by channel."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
