"""`sporeprint demo`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sporeprint.hops import Hops, code
from sporeprint.make import make_site
from sporeprint.recipe import Recipe, work_folder
from sporeprint.terminal import JsonOption, TerminalProgress, emit, say
from sporeprint_export.precision import DEFAULT_BUDGET
from sporeprint_site.options import BuildOptions
from sporeprint_site.serve import SiteServer
from sporeprint_training.dataset.options import IngestOptions
from sporeprint_training.errors import BadInput
from sporeprint_training.run_config import load_run_config


def demo(
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the site [public/, or demo/ where that holds a site made from photos]."),
    ] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the site when it is built.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free port.")] = 8000,
    photos: Annotated[int, typer.Option(min=80, help="Drawings per species.")] = 96,
    seed: Annotated[int, typer.Option(help="Decides every drawing.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Draw sample species, train on them, and build the app. Nothing is downloaded."""
    out = _site_folder(out)
    emit(make_site(demo_recipe(out, photos=photos, seed=seed)), as_json=as_json)
    if serve:
        with SiteServer(out, port=port) as server:
            say(f"Serving the demo at {server.url} (stop with Ctrl+C)")
            server.wait()


def demo_recipe(public: Path, *, photos: int, seed: int) -> Recipe:
    """Draw the sample, unless the same one is already there, and say how a site is made of it."""
    from sporeprint_training import drawn

    work = work_folder(public)
    drawings = work / "drawings"

    def draw() -> dict[str, int]:
        drawn.draw_sample(drawings, photos_per_species=photos, seed=seed, progress=TerminalProgress())
        return {"photos_per_species": photos, "seed": seed}

    inputs = {"code": code(drawn), "photos": photos, "seed": seed}
    Hops(work / "drawings.json").run("draw", inputs, lambda _: drawings, draw)
    return Recipe(
        sources=(drawings,),
        public=public,
        work=work,
        ingest=IngestOptions(
            name="Drawn sample", drawn=True, licence="CC0-1.0", attribution="Drawn by Sporeprint", seed=seed
        ),
        config=load_run_config(None, {"model": {"base": "compact"}, "seed": seed}),
        precision="auto",
        budget=DEFAULT_BUDGET,
        # `verify` says more of the finished site, and the demo is to be there soon.
        browser=False,
        build=BuildOptions(title="Sporeprint demo"),
    )


def _site_folder(out: Path | None) -> Path:
    if out is None:
        out = Path("demo" if _made_from_photos(Path("public")) else "public")
    if _made_from_photos(out):
        raise BadInput(
            "The demo does not replace a site made from photos",
            received=str(out),
            next_step="Name another folder with --out",
        )
    return out


def _made_from_photos(public: Path) -> bool:
    catalogue = public / "catalogue.json"
    try:
        return catalogue.is_file() and json.loads(catalogue.read_bytes()).get("drawn") is not True
    except (ValueError, AttributeError):
        return True  # whatever it is, the demo did not make it
