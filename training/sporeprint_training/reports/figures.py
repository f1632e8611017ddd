"""Plots as SVG that takes the page's colours and type: no style attributes, no ids of their own, no dates.

Drawn 360 units wide, so that a phone shows the text in the size that it was set in.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

INK, MUTED, LINE, MOSS, BARK, DANGER, PAPER = (
    "#25211a", "#625b4c", "#d6ccb6", "#3f532d", "#6b4a2f", "#9c1518", "#fbf8f0",
)  # fmt: skip
_COLOURS = {
    INK: "ink", MUTED: "muted", LINE: "line", MOSS: "moss", BARK: "bark", DANGER: "danger", PAPER: "raised",
}  # fmt: skip
"""Colour as drawn to its name in the page's style, which has another one for the dark."""
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 10.5,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "text.color": INK,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "lines.solid_capstyle": "round",
}
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
WIDTH = 5.0
"""Inches of 72 units."""
PER_CENT = FuncFormatter(lambda value, _: f"{value:.0%}".replace("%", " %"))
"""For an axis of shares."""


def figure(height: float) -> tuple[Figure, Axes]:
    """An empty plot, `height` inches of 72 units high."""
    made = Figure(figsize=(WIDTH, height), layout="constrained")
    return made, made.subplots()


def grid(axes: Axes, axis: str = "both") -> None:
    """Quiet lines behind the plot."""
    axes.grid(axis=axis, color=LINE, linewidth=0.6, alpha=0.6)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def short(name: str, most: int = 28) -> str:
    """A name for beside a plot."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def svg(drawn: Figure, name: str, title: str) -> str:
    """The plot as part of a page; `name` is its own on that page."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), mpl.rc_context({"svg.hashsalt": name}):
        # A species name may have letters that the font for measuring lacks; the page's fonts draw the text.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        drawn.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return themed(stream.getvalue(), title)


def themed(drawn: bytes, title: str) -> str:
    """The plot for use inside a page: colours and type by class, everything else as attributes.

    A style attribute would need a content security policy that allows them all, and matplotlib's own style sheet would
    reach the whole page.
    """
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(drawn)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    for element in root.iter():
        _restyle(element)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-label", title)
    root.set("class", "plot")
    return ElementTree.tostring(root, encoding="unicode")


def _restyle(element: ElementTree.Element) -> None:
    if element.tag == f"{{{_SVG}}}g":
        element.attrib.pop("id", None)
    classes = []
    for declaration in filter(None, (part.strip() for part in element.attrib.pop("style", "").split(";"))):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key in ("fill", "stroke") and value in _COLOURS:
            classes.append(f"{key}-{_COLOURS[value]}")
        elif key == "font":
            size = re.search(r"([\d.]+)px", value)
            element.set("font-size", size.group(1) if size else "10")
            if "italic" in value:
                classes.append("latin")
        elif key == "font-style":
            classes.append("latin")
        elif key != "font-family":
            element.set(key, value)
    if element.tag == f"{{{_SVG}}}text" and not any(name.startswith("fill-") for name in classes):
        classes.append("fill-ink")
    if classes:
        element.set("class", " ".join(classes))
