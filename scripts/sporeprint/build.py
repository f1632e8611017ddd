"""`sporeprint build`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sporeprint.terminal import JsonOption, emit, say
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions, build_options


def build(
    bundles: Annotated[
        list[Path], typer.Argument(help="Folders written by `sporeprint export`; the first is default.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the site.")] = Path("public"),
    title: Annotated[str, typer.Option(help="Name of the app.")] = BuildOptions().title,
    base_url: Annotated[str, typer.Option(help="Path the site is hosted under, e.g. /fungi/.")] = "/",
    allow_url_input: Annotated[bool, typer.Option(help="Let users type the address of a photo elsewhere.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Build the static app around one or more bundles."""
    options = build_options(title=title, base_url=base_url, allow_url_input=allow_url_input)
    report = build_site(bundles, out, options)
    say(
        f"{out}: {report.files} files, {report.bytes / 1e6:.2f} MB, {report.seconds:.1f} s, sha256 {report.sha256[:12]}"
    )
    for note in report.notes:
        say(f"note: {note}")
    numbers = asdict(report)
    del numbers["notes"]
    emit(numbers, as_json=as_json)
