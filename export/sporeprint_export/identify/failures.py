"""Why a photo was not identified, in words that say what to do."""

from __future__ import annotations

from sporeprint_training.images import MAX_PIXELS

_KINDS = "JPEG, PNG, WebP, GIF, BMP and TIFF"
WORDS = {
    "not_found": "There is no such file. Check the path.",
    "no_photos": "The folder holds no photo. Name one that does.",
    "unreadable": "The file cannot be read. It must be an ordinary file that you may read.",
    "empty": "The file is empty. Choose another photo.",
    "not_an_image": f"This is not a photo that can be read: {_KINDS} work. Of a page, name the photo's own address.",
    "heic": "This is a HEIC or AVIF photo, which cannot be read. Save it as JPEG.",
    "too_large": f"The photo has more than {MAX_PIXELS // 10**6} million pixels or 200 MB. Choose a smaller one.",
    "truncated": "The photo is damaged or only half there. Get it again.",
    "animated": "This is an animation. Save one picture of it.",
    "not_identified": "The model could not identify anything on this photo. Try another one.",
    "scheme": "Only addresses that begin with http:// or https:// are fetched, not {scheme}. Name the photo's own.",
    "bad_address": "This is no complete web address. Check it.",
    "credentials": "The address carries a user name or password, and none are sent. Download the photo yourself.",
    "private_address": "{host} is an address of this machine or its own network ({address}), and such are not fetched. "
    "If you trust the address, add --allow-private-hosts.",
    "unknown_host": "No server is known by the name {host}. Check it and the connection.",
    "no_connection": "The connection to {host} failed ({problem}). Try again later.",
    "too_slow": "The photo did not arrive within {seconds:g} seconds. Try again later, or download it yourself.",
    "http_status": "The server answered {status}. {advice}",
    "redirects": "The address leads on more than {redirects} times. Name the photo's own address.",
    "downgrade": "The address leads from https to http, which anybody on the way could change. Name another one.",
    "incomplete": "Only {received} of {stated} bytes arrived. Try again.",
    "too_many_bytes": "More than {megabytes:g} MB came from this address. Name a smaller photo.",
}
"""Reason to sentence. Braces are filled with the values that the failure was raised with."""


class Unusable(Exception):
    """One photo that cannot be identified; the others go on.

    Args:
        reason: a key of `WORDS`, by which programs can tell failures apart.
        values: what the sentence names.
    """

    def __init__(self, reason: str, **values: object) -> None:
        self.reason = reason
        self.text = WORDS[reason].format(**values)
        super().__init__(self.text)

    def as_dict(self) -> dict[str, str]:
        """The failure as JSON values."""
        return {"reason": self.reason, "text": self.text}
