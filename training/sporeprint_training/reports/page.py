"""One page that needs nothing else: its own style, plots and pictures, no script, no address outside itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

STYLE_SHEET = Path(__file__).parent / "report.css"


def render_page(template: Path, filters: Mapping[str, Callable[..., Any]], **content: Any) -> bytes:
    """The page as UTF-8. It may be opened from a disk.

    Args:
        template: a file; it gets `css` and, for its content security policy, `style_hash`.
        filters: for use in the template.
        content: names, licences, authors and file names in it are strangers' texts; the template escapes them all.
    """
    css = STYLE_SHEET.read_text(encoding="utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= dict(filters)
    page = environment.get_template(template.name).render(
        css=Markup(css), style_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(), **content
    )
    return page.encode("utf-8", "backslashreplace")


def config_lines(config: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """A configuration as lines of dotted key and value, in its own order."""
    lines: list[tuple[str, str]] = []
    for key, item in config.items():
        if isinstance(item, dict):
            lines += config_lines(item, f"{prefix}{key}.")
        else:
            lines.append((f"{prefix}{key}", "–" if item is None else str(item)))
    return lines
