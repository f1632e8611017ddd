"""Why an address has no photo: every reason by its name, and whether asking again can help."""

from __future__ import annotations

from dataclasses import dataclass

WORDS = {
    # What is wrong with the address, or with where it leads to.
    "bad_address": "No complete web address",
    "scheme": "Neither http nor https",
    "credentials": "Carries a user name or password, and none are sent",
    "private_address": "Leads to this machine or its own network",
    "downgrade": "Leads from https to http",
    "redirects": "Leads on too many times",
    # What the server said.
    "not_found": "The server has no such file (404)",
    "gone": "The file was taken away (410)",
    "forbidden": "The server does not give the file to everybody (401, 403, 451)",
    "http_status": "The server answered with a status that is no photo",
    "too_many_bytes": "Longer than allowed",
    # What came; the names are those of an ingest.
    "not_an_image": "What came is no photo, such as a web page",
    "empty": "Nothing came",
    "too_large": "Too many pixels",
    "truncated": "The photo is damaged, or only half of it was ever stored there",
    "animated": "An animation",
    "too_small": "An icon",
    # What may pass.
    "unavailable": "The server was busy or broken (408, 425, 429, 5xx)",
    "unknown_host": "No server is known by this name",
    "no_connection": "The connection failed or was reset",
    "too_slow": "Not complete within the time",
    "incomplete": "The connection ended before the photo did",
    "host_left_alone": "Not asked for: its host failed too often, or asked for a long pause",
}
"""Reason to sentence."""
PASSING = frozenset({"unavailable", "unknown_host", "no_connection", "too_slow", "incomplete", "host_left_alone"})
"""Reasons that a rerun tries again; the others stay as they are unless `DownloadOptions.retry_failed` is set."""
HOST_FAILURES = PASSING - {"incomplete", "host_left_alone"}
"""Reasons that speak against the host, not against one photo."""


@dataclass(eq=False)
class Failure(Exception):
    """One try that brought no photo."""

    reason: str
    """A key of `WORDS`."""
    status: int = 0
    """HTTP status; 0 when no answer came."""
    retry_after: float | None = None
    """Seconds that the server asked to be left alone for."""


def status_reason(status: int) -> str:
    """The reason for an answer that is neither a photo nor a redirect."""
    if status in (408, 425, 429) or status >= 500:
        return "unavailable"
    return {404: "not_found", 410: "gone", 401: "forbidden", 403: "forbidden", 451: "forbidden"}.get(
        status, "http_status"
    )
