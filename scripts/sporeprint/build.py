"""`sporeprint build`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sporeprint.terminal import JsonOption, emit, say
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions
from sporeprint_site.site_file import read_site_file

SiteOption = Annotated[
    Path | None, typer.Option("--site", help="A site.toml: title, colours, languages, models and the rest.")
]
TitleOption = Annotated[str | None, typer.Option(help=f"Name of the app [{BuildOptions().title}].")]
BaseUrlOption = Annotated[str | None, typer.Option(help="Path the site is hosted under, e.g. /fungi/ [/].")]


def build(
    bundles: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders written by `sporeprint export`; the first is default [models of the site file]."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the site.")] = Path("public"),
    site: SiteOption = None,
    title: TitleOption = None,
    base_url: BaseUrlOption = None,
    allow_url_input: Annotated[
        bool | None,
        typer.Option("--allow-url-input/--no-url-input", help="Let users type the address of a photo elsewhere."),
    ] = None,
    readable: Annotated[
        bool | None,
        typer.Option(
            "--readable/--packed",
            help="Ship the app's modules as they were written, for debugging, or packed for phones [packed].",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Build the static app around one or more bundles; options win over the site file."""
    described = read_site_file(site)
    options = described.options(title=title, base_url=base_url, allow_url_input=allow_url_input, readable=readable)
    report = build_site(bundles or described.models, out, options)
    say(
        f"{out}: {report.files} files, {report.bytes / 1e6:.2f} MB, {report.seconds:.1f} s, sha256 {report.sha256[:12]}"
    )
    for note in report.notes:
        say(f"note: {note}")
    numbers = asdict(report)
    del numbers["notes"]
    emit(numbers, as_json=as_json)
