"""Building a site: nothing hostile becomes markup, nothing half-built replaces what was there."""

import json
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sporeprint_export.bundle import read_bundle
from sporeprint_site import build as build_module
from sporeprint_site import pages
from sporeprint_site.build import build_site
from sporeprint_site.options import BuildOptions, build_options
from sporeprint_training.artefact import sha256_bytes, sha256_file
from sporeprint_training.dataset.citations import SourceDataset
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.run import Taxonomy

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def tree(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256_file(p) for p in sorted(folder.rglob("*")) if p.is_file()}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def tags(page: Path) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(page.read_text())
    return parser.found


def test_a_site_holds_the_app_and_every_downloaded_file_under_its_hash(make_bundle, tmp_path):
    bundle = make_bundle()
    report = build_site([bundle], tmp_path / "public")
    site = tree(tmp_path / "public")
    assert report.files == len(site)
    for path in ("index.html", "sw.js", "catalogue.json", "app.webmanifest", "licences.html", "404.html", ".nojekyll"):
        assert path in site
    for file in read_bundle(bundle).manifest.files:
        name = f"content/{file.sha256}{Path(file.path).suffix}"
        assert (name in site) == (file.role not in ("card", "parity"))
        assert name not in site or site[name] == file.sha256


def test_the_same_bundle_builds_to_the_same_bytes_twice(make_bundle, tmp_path):
    bundle = make_bundle()
    first = build_site([bundle], tmp_path / "a")
    second = build_site([bundle], tmp_path / "b")
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert first.sha256 == second.sha256


def test_other_folders_times_and_hash_seeds_change_no_byte(make_bundle, tmp_path):
    program = (
        "import sys; from pathlib import Path; from sporeprint_site.build import build_site;"
        "from sporeprint_site.options import BuildOptions;"
        "build_site([Path(sys.argv[1])], Path(sys.argv[2]), BuildOptions(precompress=('gz',), base_url='/fungi/'))"
    )
    trees = []
    for seed, folder in (("1", "a"), ("2", "somewhere else/b")):
        shutil.copytree(make_bundle(), tmp_path / folder / "bundle")
        for path in (tmp_path / folder / "bundle").rglob("*"):
            os.utime(path, (int(seed) * 10**8,) * 2)
        command = [sys.executable, "-c", program, tmp_path / folder / "bundle", tmp_path / folder / "public"]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC-{seed}"})
        trees.append(tree(tmp_path / folder / "public"))
    assert trees[0] == trees[1]
    assert "app/app.css.gz" in trees[0]


def test_two_models_share_the_shards_that_are_equal(make_bundle, tmp_path):
    one, two = make_bundle("one"), make_bundle("two", name="Another head")
    build_site([one, two], tmp_path / "public")
    shards = list((tmp_path / "public" / "content").glob("*.bin"))
    assert len(shards) == 3  # one backbone, two heads
    catalogue = json.loads((tmp_path / "public" / "catalogue.json").read_bytes())
    assert [model["default"] for model in catalogue["models"]] == [True, False]


def test_the_shell_is_precached_with_its_hashes_and_the_model_is_not(make_bundle, tmp_path):
    build_site([make_bundle()], tmp_path / "public")
    worker = (tmp_path / "public" / "sw.js").read_text()
    assert sha256_file(tmp_path / "public" / "index.html")[:16] in worker
    assert "content/" not in worker.split("importScripts")[0].replace("content/*", "") or '"content/' not in worker
    assert '"_headers"' not in worker


@pytest.mark.parametrize("field", ["title", "name", "species", "attribution"])
def test_hostile_text_stays_text_on_every_page(make_bundle, tmp_path, field):
    def site(folder: str, text: str) -> Path:
        bundle = make_bundle(
            f"{folder}_bundle",
            names=("Amanita virosa", text if field == "species" else "Boletus edulis"),
            name=text if field == "name" else "Two fungi",
        )
        if field == "attribution":
            provenance = read_bundle(bundle).manifest.provenance.model_copy(update={"attribution": text})
            bundle = make_bundle(f"{folder}_credited", provenance=provenance)
        build_site([bundle], tmp_path / folder, BuildOptions(title=text[:60] if field == "title" else "Fungi"))
        return tmp_path / folder

    plain, hostile = site("plain", "Plain text"), site("hostile", HOSTILE)
    for page in ("index.html", "licences.html", "404.html"):
        assert [tag for tag, _ in tags(hostile / page)] == [tag for tag, _ in tags(plain / page)]
        for _, attributes in tags(hostile / page):
            assert not any(name.startswith("on") for name in attributes)
            assert not any((attributes.get(name) or "").startswith("javascript:") for name in ("href", "src"))


def test_the_licences_page_cites_the_photos_sources_by_their_doi(make_bundle, tmp_path):
    sources = (SourceDataset(name=HOSTILE, doi="10.15468/ab3s5x", photos=7), SourceDataset(name="Herbarium", photos=2))
    provenance = read_bundle(make_bundle()).manifest.provenance
    cited = provenance.model_copy(update={"citation": "GBIF.org (2020)", "sources": sources})
    build_site([make_bundle("cited", provenance=cited)], tmp_path / "public")
    page = tmp_path / "public" / "licences.html"
    links = [attributes["href"] for tag, attributes in tags(page) if tag == "a"]
    assert "https://doi.org/10.15468/ab3s5x" in links
    assert "GBIF.org (2020)" in page.read_text()
    assert not {"script", "img"} & {tag for tag, _ in tags(page)}


def test_a_missing_template_variable_fails_and_keeps_the_previous_site(make_bundle, tmp_path, monkeypatch):
    build_site([make_bundle()], tmp_path / "public")
    before = tree(tmp_path / "public")
    templates = tmp_path / "templates"
    shutil.copytree(pages.TEMPLATES, templates)
    (templates / "404.html.j2").write_text("{{ no_such_value }}")
    monkeypatch.setattr(pages, "TEMPLATES", templates)
    with pytest.raises(StepFailed, match="no_such_value"):
        build_site([make_bundle()], tmp_path / "public")
    assert tree(tmp_path / "public") == before


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove", "link"])
def test_a_bundle_that_differs_from_its_manifest_is_refused_and_the_site_kept(make_bundle, tmp_path, damage):
    build_site([make_bundle()], tmp_path / "public")
    before = tree(tmp_path / "public")
    bundle = make_bundle("damaged")
    shard = bundle / "weights" / "backbone.bin"
    data = shard.read_bytes()
    shard.unlink()
    if damage == "flip":
        shard.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    elif damage == "truncate":
        shard.write_bytes(data[:-1])
    elif damage == "link":
        (tmp_path / "elsewhere.bin").write_bytes(data)
        shard.symlink_to(tmp_path / "elsewhere.bin")
    with pytest.raises(BadInput, match=r"weights/backbone\.bin"):
        build_site([bundle], tmp_path / "public")
    assert tree(tmp_path / "public") == before


def test_an_edited_manifest_is_refused(make_bundle, tmp_path):
    bundle = make_bundle()
    content = json.loads((bundle / "manifest.json").read_bytes())
    content["classes"][0]["toxicity"] = "not_assessed"
    (bundle / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(BadInput, match="id is not the hash"):
        build_site([bundle], tmp_path / "public")


@pytest.mark.parametrize("path", ["../outside.bin", "/etc/passwd", "weights/../../x.bin", "a\\b.bin"])
def test_a_manifest_that_points_outside_its_folder_is_refused(make_bundle, tmp_path, path):
    bundle = make_bundle()
    content = json.loads((bundle / "manifest.json").read_bytes())
    content["files"][1]["path"] = path
    (bundle / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(BadInput, match="stays inside the bundle"):
        read_bundle(bundle)


def test_somebody_elses_folder_is_never_replaced(make_bundle, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match="left as it is"):
        build_site([make_bundle()], tmp_path / "home")
    assert (tmp_path / "home" / "thesis.txt").read_text() == "years of work"


def test_without_the_browser_bundle_the_build_says_how_to_make_it(make_bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(build_module, "VENDOR", tmp_path / "empty")
    with pytest.raises(StepFailed, match="scripts/setup"):
        build_site([make_bundle()], tmp_path / "public")


@pytest.mark.parametrize("base_url", ["fungi/", "/fungi", "https://example.org/", "/a b/", '/"/', "/a/../b/"])
def test_a_base_url_is_a_path_with_slashes_at_both_ends(base_url):
    with pytest.raises(BadInput, match="starts and ends with /"):
        build_options(base_url=base_url)


def test_the_manifests_of_a_site_are_the_bundles_own(make_bundle, tmp_path):
    bundle = make_bundle()
    build_site([bundle], tmp_path / "public")
    entry = json.loads((tmp_path / "public" / "catalogue.json").read_bytes())["models"][0]
    assert (tmp_path / "public" / entry["manifest"]).read_bytes() == (bundle / "manifest.json").read_bytes()
    assert entry["manifest_sha256"] == sha256_bytes((bundle / "manifest.json").read_bytes())


def test_a_site_of_fungi_without_the_list_of_deadly_species_never_seen_fails_and_keeps_the_old_one(
    make_bundle, tmp_path
):
    build_site([make_bundle()], tmp_path / "public")
    before = tree(tmp_path / "public")
    origin = read_bundle(make_bundle()).manifest.provenance

    def bundle(name: str, **changes) -> Path:
        return make_bundle(name, provenance=origin.model_copy(update={"deadly_table": None, **changes}))

    with pytest.raises(BadInput, match=r"never seen, and by which table.*--not-fungi"):
        build_site([bundle("fungi", drawn=False)], tmp_path / "public")
    with pytest.raises(BadInput, match="0 listed"):
        build_site([bundle("silent", drawn=False, never_seen=())], tmp_path / "public")
    assert tree(tmp_path / "public") == before
    build_site([bundle("drawings", drawn=True)], tmp_path / "public")


def test_a_site_of_something_else_than_fungi_needs_no_list(make_bundle, tmp_path):
    content = read_bundle(make_bundle()).manifest
    dogs = tuple(
        item.model_copy(update={"taxonomy": Taxonomy(kingdom="Animalia", genus="Canis"), "toxicity": "not_assessed"})
        for item in content.classes
    )
    origin = content.provenance.model_copy(
        update={"drawn": False, "not_fungi": True, "never_seen": (), "deadly_table": None}
    )
    report = build_site([make_bundle("dogs", classes=dogs, provenance=origin)], tmp_path / "public")
    assert report.files > 10
