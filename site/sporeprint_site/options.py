"""What the developer can choose about a built site."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from sporeprint_site.colours import Colours
from sporeprint_site.emergency import EmergencyNumbers
from sporeprint_site.icons import IconSources
from sporeprint_site.texts import all_languages
from sporeprint_site.words import Line, Paragraphs, Words
from sporeprint_training.errors import BadInput


def _link(value: str) -> str:
    parts = urlsplit(value)
    named = parts.netloc if parts.scheme == "https" else "@" in parts.path and parts.scheme == "mailto"
    if not named or any(c.isspace() or not c.isprintable() for c in value):
        raise ValueError("a link begins with https:// or mailto: and holds no spaces")
    return value


Link = Annotated[str, StringConstraints(max_length=500), AfterValidator(_link)]


class BuildOptions(BaseModel):
    """Options of a site: keys of `site.toml`, and of `sporeprint build`."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64")

    title: Annotated[Line, Field(max_length=60)] = "Sporeprint"
    """Name of the app, on its pages and on the phone's home screen."""
    short_title: Annotated[Line, Field(max_length=12)] | None = None
    """Name under the icon, where the title is too long; without one, the title's first 12 characters."""
    description: Words | None = None
    """What the app is, for search engines and for the phone's installation dialogue; once, or by language."""
    base_url: str = Field("/", pattern=r"^/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*$")
    """Path that the site is hosted under; starts and ends with `/`."""
    allow_url_input: bool = False
    """Let the user type the address of a photo on another site (opens `connect-src` to https)."""
    languages: tuple[str, ...] = Field(default_factory=lambda: tuple(all_languages()), min_length=1)
    """Codes of the languages offered; the first one is shown where the browser asks for none of them."""
    colours: Colours = Colours()
    """The site's own colours for the light and the dark look."""
    icons: IconSources | None = None
    """The site's own icon instead of the drawn spore print."""
    emergency: EmergencyNumbers | None = None
    """The emergency card's numbers, in this order, instead of those that come with Sporeprint."""
    about: Paragraphs | None = None
    """Who runs the site and why: plain text, paragraphs parted by an empty line; once, or by language."""
    contact: Link | None = None
    """Where readers can write to: an `https://` or `mailto:` link."""
    imprint: Link | None = None
    """Who answers for the site: an `https://` or `mailto:` link."""
    precompress: tuple[Literal["br", "gz"], ...] = ()
    """Write files also as brotli or gzip, for web servers that send those as they are."""
    readable: bool = False
    """Ship the app's modules and styles as they were written instead of packed and minified."""

    @field_validator("languages")
    @classmethod
    def _known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(codes)) != len(codes) or not set(codes) <= set(all_languages()):
            raise ValueError(f"languages are some of {', '.join(all_languages())}, each named once")
        return codes

    @property
    def language(self) -> str:
        """The site's first language, that of its static pages."""
        return self.languages[0]


def build_options(where: str = "the options", **values: Any) -> BuildOptions:
    """Check what a site file and the command line said.

    Args:
        where: the file's name, for messages.
        values: keys of `BuildOptions`.

    Raises:
        BadInput: a key is unknown or a value breaks a rule of `BuildOptions`; all of them are named.
    """
    try:
        return BuildOptions(**values)
    except ValidationError as error:
        raise BadInput(
            "The site's options follow their rules",
            received=f"{where}: {'; '.join(_fault(dict(item)) for item in error.errors())}",
            next_step=_next_step(values),
        ) from None


def _next_step(values: Mapping[str, Any]) -> str:
    return "A base URL starts and ends with /, for example /fungi/" if "base_url" in values else "Correct the file"


def _fault(error: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, list(_keys(BuildOptions)), 1, 0.0)[0]
        return f"{key} is not a key, the nearest is {near}"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing":
        return f"{key} is missing"
    return f"{key} = {_shown(error['input'])}: {message}"


def _shown(value: Any) -> str:
    return (
        f"{len(value)} bytes" if isinstance(value, bytes) else json.dumps(value, default=str, ensure_ascii=False)[:80]
    )


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _keys(kind, f"{prefix}{name}.")
