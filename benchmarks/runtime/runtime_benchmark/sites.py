"""One folder to serve per runtime: the built app with its bundle, or a peer's page with its library and model."""

from __future__ import annotations

import shutil
from pathlib import Path

from runtime_benchmark.measured import FAIR_PRECISION, Site
from runtime_benchmark.peers import OURS, PEERS, ModelFormat, Peer
from runtime_benchmark.tools import HOME, Tools
from sporeprint_export.export import ExportOptions, export_run
from sporeprint_site.build import MARKER, build_site
from sporeprint_training.progress import Progress
from sporeprint_training.run import Run


def our_sites(run: Run, out: Path, progress: Progress) -> list[Site]:
    """The app around a float32 bundle, and around the bundle that an export chooses by itself."""
    settings = {FAIR_PRECISION: ExportOptions(precision=FAIR_PRECISION), "default": ExportOptions()}
    sites: list[Site] = []
    for name, options in settings.items():
        folder = out / name
        report = export_run(run.folder, folder / "bundle", options, progress=progress)
        precision = report.manifest.provenance.precision
        if any(site.precision == precision for site in sites):
            continue
        build_site([folder / "bundle"], folder / "public")
        sites.append(Site(f"{OURS}, {precision}", folder / "public", ours=True, precision=precision))
    return sites


def peer_sites(models: dict[ModelFormat, Path], out: Path, tools: Tools) -> list[Site]:
    """Every peer's page, served like the app: same server, same headers, nothing from elsewhere."""
    return [_peer_site(peer, models[peer.model], out / str(number), tools) for number, peer in enumerate(PEERS)]


def _peer_site(peer: Peer, model: Path, folder: Path, tools: Tools) -> Site:
    shutil.copytree(model, folder / "model")
    shutil.copyfile(HOME / "pages" / peer.page, folder / "index.html")
    for path in peer.files:
        shutil.copyfile(tools.modules / path, folder / Path(path).name)
    tools.bundle(HOME / "pages" / peer.script, folder / "peer.js")
    _mark(folder)
    return Site(peer.name, folder)


def blank_site(out: Path) -> Path:
    """A page with nothing in it: what a browser's process holds without any runtime."""
    out.mkdir(parents=True)
    shutil.copyfile(HOME / "pages" / "blank.html", out / "index.html")
    _mark(out)
    return out


def _mark(folder: Path) -> None:
    # By this file the preview server knows a site, and which headers it is to send.
    (folder / MARKER).write_text("{}\n")
