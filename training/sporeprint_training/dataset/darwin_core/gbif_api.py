"""Downloads from GBIF: asked for, waited for and fetched (https://techdocs.gbif.org/en/data-use/api-downloads)."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sporeprint_training.errors import BadInput, StepFailed

API = "https://api.gbif.org/v1"
_KEY = re.compile(r"\d{7}-\d{12,20}")
_WAITING = frozenset({"PREPARING", "RUNNING", "SUSPENDED"})
_TRIES = 6
"""Of one request, when the server or the way to it fails."""
_FIRST_PAUSE, _LONGEST_PAUSE, _PATIENCE = 5.0, 60.0, 12 * 3600.0
"""Seconds; GBIF takes from minutes to hours."""
_TIMEOUT = httpx.Timeout(60, connect=20)


@dataclass(frozen=True)
class Download:
    """A download that GBIF has made."""

    key: str
    doi: str
    size: int
    """Bytes of the zip."""
    records: int


class GbifApi:
    """GBIF, or something that answers like it.

    Args:
        base_url: of version 1 of the API.
        environment: where `GBIF_USER`, `GBIF_PWD` and `GBIF_EMAIL` are looked up; only `request` needs them.
        pause: waits for a number of seconds.
    """

    def __init__(
        self,
        base_url: str = API,
        *,
        environment: Mapping[str, str] = os.environ,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base, self._environment, self._pause = base_url.rstrip("/"), environment, pause
        self._tls = httpx.create_ssl_context()

    def request(self, predicate: Mapping[str, Any]) -> str:
        """Ask for all occurrences that fulfil a predicate, as a Darwin Core Archive.

        Args:
            predicate: GBIF's form of a search, such as `{"type": "equals", "key": "TAXON_KEY", "value": "5"}`.

        Returns:
            The download's key.

        Raises:
            BadInput: an environment variable is missing, or GBIF takes neither the password nor the predicate.
            StepFailed: GBIF cannot be reached, or makes other downloads of this user first.
        """
        user, password, email = (self._said(name) for name in ("GBIF_USER", "GBIF_PWD", "GBIF_EMAIL"))
        content = {
            "creator": user, "notificationAddresses": [email], "sendNotification": False, "format": "DWCA",
            "predicate": dict(predicate),
        }  # fmt: skip
        answer = self._ask("POST", "/occurrence/download/request", json=content, auth=(user, password))
        if answer.status_code in (401, 403):
            raise BadInput(
                "GBIF knows the user and the password",
                received=f"GBIF_USER={user[:80]} and a GBIF_PWD that do not belong together",
                next_step="Set both as at gbif.org; the user is a name, not an email address",
            )
        if answer.status_code == 400:
            raise BadInput("A search is a predicate of GBIF's", received=answer.text[:300])
        return _key(self._fine(answer).text.strip().strip('"'))

    def wait(self, key: str) -> Download:
        """Wait until a download is made.

        Raises:
            BadInput: the key is none, or GBIF does not know it.
            StepFailed: GBIF cannot be reached, gave the download up, has deleted it, or takes longer than twelve hours.
        """
        waited, pause = 0.0, _FIRST_PAUSE
        while True:
            answer = self._ask("GET", f"/occurrence/download/{_key(key)}")
            if answer.status_code == 404:
                raise BadInput("GBIF knows the download", received=key, next_step="Check the key at gbif.org")
            said = _mapping(self._fine(answer))
            status = str(said.get("status"))
            if status == "SUCCEEDED":
                return Download(key, str(said.get("doi") or ""), _number(said, "size"), _number(said, "totalRecords"))
            if status not in _WAITING or waited >= _PATIENCE:
                raise StepFailed(
                    "GBIF makes the download", received=f"{key}: {status[:80]}", next_step="Ask for it again"
                )
            self._pause(pause)
            waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE)

    def fetch(self, download: Download, folder: Path) -> Path:
        """Fetch a download that is made; one that was begun goes on where it ended.

        Returns:
            The zip, named by its key.

        Raises:
            StepFailed: GBIF cannot be reached, or sends something else.
        """
        path = folder / f"{download.key}.zip"
        if path.is_file() and path.stat().st_size == download.size:
            return path
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        for attempt in range(_TRIES):
            with suppress(httpx.TransportError):  # what has come is kept
                self._append(download, part)
            if part.is_file() and part.stat().st_size == download.size:
                part.replace(path)
                return path
            self._pause(min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE))
        raise StepFailed(
            "A download arrives whole",
            received=f"{part.stat().st_size if part.is_file() else 0:,} of {download.size:,} bytes of {download.key}",
            next_step="Run it again: it goes on where it ended",
        )

    def _append(self, download: Download, part: Path) -> None:
        # What a key stands for never changes, so bytes that are here need not be fetched again.
        begun = part.stat().st_size if part.is_file() else 0
        if begun > download.size:
            part.unlink()
            begun = 0
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={begun}-"} if begun else {})}
        url, hooks = f"{self._base}/occurrence/download/request/{download.key}.zip", {"request": [self._refuse]}
        with (
            httpx.Client(follow_redirects=True, timeout=_TIMEOUT, verify=self._tls, event_hooks=hooks) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            if answer.status_code not in (200, 206):
                return
            going_on = answer.headers.get("content-range", "").startswith(f"bytes {begun}-")
            with part.open("ab" if answer.status_code == 206 and going_on else "wb") as file:
                for block in answer.iter_raw():
                    file.write(block)
                    if file.tell() > download.size:
                        break

    def _refuse(self, request: httpx.Request) -> None:
        base = httpx.URL(self._base)
        if request.url.scheme != "https" and (request.url.scheme, request.url.host) != (base.scheme, base.host):
            raise StepFailed(
                "GBIF's downloads are sent over https", received=str(request.url)[:200], next_step="Try again later"
            )

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        for attempt in range(_TRIES):
            pause = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
            try:
                answer = httpx.request(method, self._base + path, timeout=_TIMEOUT, verify=self._tls, **content)
            except httpx.TransportError as error:
                fault = str(error) or type(error).__name__
            else:
                if answer.status_code not in (429, 500, 502, 503, 504):
                    return answer
                fault = f"status {answer.status_code}"
                pause = _asked_pause(answer, pause)
            self._pause(pause)
        raise StepFailed("GBIF answers", received=f"{self._base}: {fault[:200]}", next_step="Try again later")

    def _fine(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        if answer.status_code == 420:
            raise StepFailed(
                "GBIF makes few downloads of one user at a time",
                received=f"status 420: {answer.text[:200]}",
                next_step="Try again when the others are made",
            )
        raise StepFailed(
            "GBIF answers", received=f"status {answer.status_code}: {answer.text[:200]}", next_step="Try again later"
        )

    def _said(self, name: str) -> str:
        value = self._environment.get(name, "").strip()
        if not value:
            raise BadInput(
                "A search at GBIF has a user: GBIF_USER, GBIF_PWD and GBIF_EMAIL",
                received=f"no {name}",
                next_step="Set them in the environment, or give the key of a download that is made",
            )
        return value


def download_archive(
    folder: Path, *, key: str = "", predicate: Mapping[str, Any] | None = None, api: GbifApi | None = None
) -> Path:
    """Get a Darwin Core Archive from GBIF.

    Args:
        folder: where the zip is written, named by its key.
        key: of a download that was asked for before, here or at gbif.org; else one is asked for.
        predicate: what to search for when there is no key.
        api: GBIF, unless stated.

    Raises:
        BadInput: there is neither key nor predicate, or see `GbifApi`.
        StepFailed: see `GbifApi`.
    """
    api = api or GbifApi()
    if not key and predicate is None:
        raise BadInput("A download from GBIF has a key, or a search to ask for", received="neither")
    return api.fetch(api.wait(key or api.request(predicate or {})), folder)


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise BadInput(
            "A download's key is like 0001005-130906152512535",
            received=repr(text[:80]),
            next_step="Copy it from the download's page at gbif.org",
        )
    return text


def _mapping(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise StepFailed("GBIF answers in JSON", received=answer.text[:200], next_step="Try again later")
    return said


def _number(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    return value if isinstance(value, int) and value >= 0 else 0


def _asked_pause(answer: httpx.Response, pause: float) -> float:
    asked = answer.headers.get("retry-after", "")
    return float(min(int(asked), 600)) if asked.isascii() and asked.isdigit() else pause
