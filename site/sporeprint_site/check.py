"""Checks of a gathered site, before anything is written: links lead somewhere, texts exist, nothing is off-origin."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from posixpath import dirname, join, normpath
from urllib.parse import urlsplit

from sporeprint_site.texts import check_texts, used_keys
from sporeprint_training.errors import StepFailed

_IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.{1,2}/[^"']+)["']""")


# What a module or a style sheet would fetch from another origin; a link that a reader follows is none of it.
_FOREIGN_SCRIPT = re.compile(
    r"""(?:\bfrom|\bimport|\bimportScripts|\bfetch|\bWorker|\bURL|\.open|\.src\s*=)\s*\(?\s*["'`]((?:(?:https?|wss?):)?//[^"'`]*)"""
)
_FOREIGN_STYLE = re.compile(r"""(?:@import\s+|url\(\s*)["']?((?:https?:)?//[^"')\s]*)""")
_FOLLOWED = {("a", "href"), ("area", "href")}
_LOADED = ("href", "src", "srcset", "poster", "data", "action", "formaction", "background", "xlink:href", "ping")


def check_site(files: Mapping[str, bytes], modules: Mapping[str, bytes]) -> None:
    """Check a site that is still in memory.

    Args:
        files: path in the site to content.
        modules: the app's modules as they were written, whose texts must exist; those of the site may be packed.

    Raises:
        StepFailed: a page links or a module imports a file that the site does not hold, or one of another origin.
        BadInput: a text used by the app is missing in a language, or its placeholders differ from English.
    """
    broken = [f"{page} → {target}" for page, target in _links(files) if target not in files]
    if broken:
        raise StepFailed("Every link and import of the site leads to a file of the site", received="; ".join(broken))
    foreign = [f"{path} → {target}" for path, target in _foreign(files)]
    if foreign:
        raise StepFailed(
            "No page, style or module of the site loads anything from elsewhere", received="; ".join(foreign)
        )
    _check_strings(files, modules)


def _foreign(files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path, data in files.items():
        if path.endswith(".html"):
            parser = _References()
            parser.feed(data.decode())
            found += [(path, link) for link in parser.loaded if _is_foreign(link)]
        elif path.endswith(".css"):
            found += [(path, link) for link in _FOREIGN_STYLE.findall(data.decode())]
        elif path.startswith("app/") and path.endswith(".js"):
            found += [(path, link) for link in _FOREIGN_SCRIPT.findall(data.decode())]
    return found


def _is_foreign(link: str) -> bool:
    parts = urlsplit(link.strip())
    return bool(parts.netloc) or parts.scheme not in ("", "data", "blob")


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
        self.loaded: list[str] = []
        """What the browser itself requests for the page."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what the tag points to."""
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        loaded = [(name, value) for name, value in attrs if name in _LOADED and value and (tag, name) not in _FOLLOWED]
        self.loaded += [
            part.split()[0]
            for name, value in loaded
            for part in (value.split(",") if name == "srcset" else [value])
            if part.split()
        ]
        described = dict(attrs)
        if tag == "meta" and (described.get("http-equiv") or "").lower() == "refresh":
            self.loaded.append((described.get("content") or "").partition("=")[2].strip("'\" "))


def _is_local(link: str) -> bool:
    parts = urlsplit(link)
    # An absolute path belongs to the sub-path the site is hosted under; the 404 page uses those.
    return not parts.scheme and not parts.netloc and bool(parts.path) and not parts.path.startswith("/")


def _resolve(page: str, link: str) -> str:
    path = normpath(join(dirname(page), urlsplit(link).path))
    return "index.html" if path == "." else path


def _check_strings(files: Mapping[str, bytes], modules: Mapping[str, bytes]) -> None:
    catalogues = {
        path: json.loads(data) for path, data in files.items() if re.fullmatch(r"app/strings/[\w-]+\.json", path)
    }
    check_texts(catalogues, used_keys(modules))
