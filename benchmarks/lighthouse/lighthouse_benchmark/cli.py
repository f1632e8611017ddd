"""The command line of the benchmark."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lighthouse_benchmark.audit import audited, install_lighthouse
from lighthouse_benchmark.visit import first_visit, shell_bytes
from sporeprint.terminal import JsonOption, console, emit, say
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions
from sporeprint_site.serve import SiteServer
from sporeprint_training.errors import SporeprintError


def benchmark(
    bundle: Annotated[Path, typer.Argument(help="Folder written by `sporeprint export`.")],
    runs: Annotated[int, typer.Option(min=1, help="Of Lighthouse; the median by performance counts.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """Build the app as for a CDN, audit it as a slow phone with a slow connection sees it, and time a first visit."""
    install_lighthouse()
    with tempfile.TemporaryDirectory(prefix="sporeprint-lighthouse-") as folder:
        public = Path(folder) / "public"
        build_site([bundle], public, BuildOptions(precompress=("br", "gz")))
        with SiteServer(public) as server:
            audits = [audited(server.url, Path(folder)) for _ in range(runs)]
            visit = first_visit(server.url)
        middle = sorted(audits, key=lambda audit: audit.performance)[runs // 2]
        found = {**asdict(middle), **asdict(visit), "shell_bytes_brotli": shell_bytes(public)}
    found["load"] = os.getloadavg()[0]
    for name, value in found.items():
        words = name.replace("_", " ")
        say(f"{words}: {value:,.2f}" if isinstance(value, float) else f"{words}: {value:,}")
    emit(found, as_json=as_json)


def main() -> None:
    """Run, and turn an expected failure into one line."""
    try:
        typer.run(benchmark)
    except SporeprintError as error:
        console.print(str(error))
        sys.exit(error.exit_code)
