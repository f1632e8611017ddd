"""Checks of a gathered site, before anything is written: every link leads somewhere, every text exists."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from posixpath import dirname, join, normpath
from urllib.parse import urlsplit

from sporeprint_site.texts import check_texts, used_keys
from sporeprint_training.errors import StepFailed

_IMPORT = re.compile(r"""(?:\bfrom\s+|\bimport\s*\(?\s*)["'](\.{1,2}/[^"']+)["']""")


def check_site(files: Mapping[str, bytes]) -> None:
    """Check a site that is still in memory.

    Args:
        files: path in the site to content.

    Raises:
        StepFailed: a page links or a module imports a file that the site does not hold.
        BadInput: a text used by the app is missing in a language, or its placeholders differ from English.
    """
    broken = [f"{page} → {target}" for page, target in _links(files) if target not in files]
    if broken:
        raise StepFailed("Every link and import of the site leads to a file of the site", received="; ".join(broken))
    _check_strings(files)


def _links(files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path, data in files.items():
        if path.endswith(".html"):
            parser = _References()
            parser.feed(data.decode())
            found += [(path, _resolve(path, link)) for link in parser.links if _is_local(link)]
        elif path.startswith("app/") and path.endswith(".js"):
            found += [(path, _resolve(path, link)) for link in _IMPORT.findall(data.decode())]
    return found


class _References(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what the tag points to."""
        self.links += [value for name, value in attrs if name in ("href", "src") and value]


def _is_local(link: str) -> bool:
    parts = urlsplit(link)
    # An absolute path belongs to the sub-path the site is hosted under; the 404 page uses those.
    return not parts.scheme and not parts.netloc and bool(parts.path) and not parts.path.startswith("/")


def _resolve(page: str, link: str) -> str:
    path = normpath(join(dirname(page), urlsplit(link).path))
    return "index.html" if path == "." else path


def _check_strings(files: Mapping[str, bytes]) -> None:
    catalogues = {
        path: json.loads(data) for path, data in files.items() if re.fullmatch(r"app/strings/[\w-]+\.json", path)
    }
    scripts = {path: data for path, data in files.items() if path.startswith("app/") and path.endswith(".js")}
    check_texts(catalogues, used_keys(scripts))
