"""`sporeprint serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sporeprint.terminal import say
from sporeprint_site.options import build_options
from sporeprint_site.serve import SiteServer


def serve(
    public: Annotated[Path, typer.Argument(help="A built site.")] = Path("public"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free port.")] = 8000,
    base_url: Annotated[str, typer.Option(help="Path to serve it under, as it was built for.")] = "/",
) -> None:
    """Preview a built site with the headers of production (this machine only)."""
    options = build_options(base_url=base_url)
    with SiteServer(public, base_url=options.base_url, port=port) as server:
        say(f"Serving {public} at {server.url} (stop with Ctrl+C)")
        server.wait()
