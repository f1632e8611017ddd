"""One page that needs nothing else: its own style, plots and pictures, no script, no address outside itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
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


def config_lines(
    config: Mapping[str, Any], texts: Mapping[str, str] | None = None, prefix: str = ""
) -> list[tuple[str, str]]:
    """A configuration as lines of dotted key and value, in its own order.

    Of a path the last part stays: reports are passed on, and where a file lies on a disk is its owner's business.

    Args:
        config: JSON values.
        texts: what to say of some keys instead of their values.
        prefix: of all keys.
    """
    lines: list[tuple[str, str]] = []
    for key, item in config.items():
        name = f"{prefix}{key}"
        if texts and name in texts:
            lines.append((name, texts[name]))
        elif isinstance(item, dict):
            lines += config_lines(item, texts, f"{name}.")
        elif isinstance(item, list) and any(isinstance(part, dict) for part in item):
            lines += config_lines({str(place): part for place, part in enumerate(item)}, texts, f"{name}.")
        else:
            lines.append((name, _said(item)))
    return lines


def _said(item: Any) -> str:
    if isinstance(item, list):
        return ", ".join(map(_said, item)) or "–"
    if isinstance(item, str) and PurePath(item).is_absolute():
        return PurePath(item).name
    return "–" if item is None else str(item)
