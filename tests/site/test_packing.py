"""Packed modules: the same app in a few small files, made from the sources as they are now."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import brotli
import pytest

from sporeprint_site import build as build_module
from sporeprint_site import vendoring
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions
from sporeprint_site.vendoring import APP, PACKED, VENDOR, is_packed
from sporeprint_training.artefact import sha256_file
from sporeprint_training.errors import StepFailed

ROOT = Path(__file__).parents[2]
SHELL_BYTES = 150_000
"""What the app may cost a phone, in brotli, without the engine and any model."""


@pytest.fixture(scope="module", autouse=True)
def vendored() -> None:
    vendoring.vendor(ROOT)


def files(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): sha256_file(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def precached(site: Path) -> list[Path]:
    listed = re.search(r"sporeprintPrecache = (\[.*?\]);", (site / "sw.js").read_text(), re.DOTALL)
    assert listed is not None
    return [site / entry["url"] for entry in json.loads(listed[1])]


def test_the_app_without_engine_and_model_stays_small(make_bundle, tmp_path):
    build_site([make_bundle()], tmp_path / "public")
    shell = [path for path in precached(tmp_path / "public") if not path.name.startswith("tfjs")]
    assert sum(len(brotli.compress(path.read_bytes())) for path in shell) < SHELL_BYTES
    assert len(shell) < 30


def test_a_readable_site_has_the_modules_and_styles_as_they_were_written(make_bundle, tmp_path):
    build_site([make_bundle()], tmp_path / "public", BuildOptions(readable=True))
    for module in APP.rglob("*.js"):
        assert (tmp_path / "public" / "app" / module.relative_to(APP)).read_bytes() == module.read_bytes()
    assert (APP / "styles" / "frame.css").read_text() in (tmp_path / "public" / "app" / "app.css").read_text()


def test_packing_elsewhere_gives_the_same_bytes(tmp_path):
    site = tmp_path / "another place" / "site"
    shutil.copytree(APP, site / "sporeprint_site" / "app")
    shutil.copytree(VENDOR, site / "sporeprint_site" / "vendor", ignore=shutil.ignore_patterns("packed"))
    shutil.copytree(ROOT / "site" / "bundling", site / "bundling")
    shutil.copy(ROOT / "site" / "pack.mjs", site)
    (site / "node_modules").symlink_to(ROOT / "site" / "node_modules")
    node, _, environment = vendoring.node_and_npm()
    subprocess.run([node, "pack.mjs"], cwd=site, env=environment, check=True, capture_output=True)
    made, here = files(site / "sporeprint_site" / "vendor" / "packed"), files(PACKED)
    assert made == {path: sha256 for path, sha256 in here.items() if not path.startswith(".")}


def test_a_source_that_changed_is_noticed(tmp_path):
    app = tmp_path / "app"
    shutil.copytree(APP, app)
    assert is_packed(app)
    for name in ("page/known.js", "styles/frame.css"):
        before = (app / name).read_text()
        (app / name).write_text(before + "\n")
        assert not is_packed(app)
        (app / name).write_text(before)
    (app / "page" / "another.js").write_text("")
    assert not is_packed(app)


def test_a_site_is_not_built_of_modules_that_changed_since_they_were_packed(make_bundle, tmp_path, monkeypatch):
    build_site([make_bundle()], tmp_path / "public")
    before = files(tmp_path / "public")
    monkeypatch.setattr(build_module, "is_packed", lambda: False)
    with pytest.raises(StepFailed, match="changed since"):
        build_site([make_bundle()], tmp_path / "public")
    assert files(tmp_path / "public") == before
    build_site([make_bundle()], tmp_path / "readable", BuildOptions(readable=True))
