"""Reading `site.toml`: everything about a site that is not its model, and which models it offers."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sporeprint_site.icons import MAX_ICON_BYTES
from sporeprint_site.options import BuildOptions, build_options
from sporeprint_training.errors import BadInput

_RULE = "A site file is TOML in UTF-8 (see docs/building-a-site.md)"


@dataclass(frozen=True)
class SiteFile:
    """What a site file says; nothing for a site without one."""

    path: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)
    """Keys of `BuildOptions` as they were written, icons as bytes."""
    models: tuple[Path, ...] = ()
    """Folders of bundles; the first one is the default."""

    def options(self, **flags: Any) -> BuildOptions:
        """The site's options; what the command line was given wins over the file.

        Args:
            flags: keys of `BuildOptions`; None was not given.

        Raises:
            BadInput: a key is unknown or a value breaks a rule.
        """
        given = {key: value for key, value in flags.items() if value is not None}
        return build_options(str(self.path or "the options"), **{**self.values, **given})


def read_site_file(path: Path | None) -> SiteFile:
    """Read a site file; paths in it are relative to its folder.

    Raises:
        BadInput: no such file, not TOML, or its models or icons are no paths. What only `BuildOptions` knows is
            checked when the options are made of it.
    """
    if path is None:
        return SiteFile()
    values = _parsed(path)
    models = _models(path, values.pop("models", []), values.pop("default_model", None))
    icons = values.get("icons")
    if isinstance(icons, dict):
        values["icons"] = {key: _icon(path, key, name) for key, name in icons.items()}
    return SiteFile(path, values, models)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise BadInput(_RULE, received=f"{path}: {error.strerror}", next_step="Name a file that exists") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(_RULE, received=f"{path}: {error}", next_step="Correct the file") from None


def _models(path: Path, models: Any, default: Any) -> tuple[Path, ...]:
    named = models if isinstance(models, list) else [models]
    wrong = [item for item in (*named, default or "-") if not isinstance(item, str) or not item or "\0" in item]
    if wrong or len(set(named)) != len(named):
        raise BadInput(
            "models lists folders of bundles, each once, relative to the site file",
            received=f"{path}: models = {models!r}",
        )
    if default is not None and default not in named:
        raise BadInput(
            "default_model is one of models", received=f"{path}: default_model = {default!r}, models = {named!r}"
        )
    # The first is the default; the others keep their order.
    return tuple(path.parent / item for item in sorted(named, key=lambda item: item != (default or named[0])))


def _icon(path: Path, key: str, name: Any) -> Any:
    if not isinstance(name, str) or "\0" in name:
        return name  # not a path: the options say so
    file = path.parent / name
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_ICON_BYTES + 1)
    except OSError as error:
        raise BadInput(
            "An icon is a PNG file, named relative to the site file",
            received=f"{path}: icons.{key} = {name!r}: {error.strerror}",
        ) from None
