"""What could only fail after the training is refused before it."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from PIL import Image

from photo_server import Server, reply
from sporeprint.demo import demo_recipe
from sporeprint.hops import Hops
from sporeprint.make import make_site
from sporeprint.recipe import Recipe, earlier_bundle
from sporeprint_export.precision import DEFAULT_BUDGET
from sporeprint_site.options import BuildOptions
from sporeprint_training.dataset.options import IngestOptions
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.run_config import load_run_config

NOT_MEASURED = {"n": 0, "top1": None, "top3": None, "macro_f1": None}


def recipe(source, public, work, **options) -> Recipe:
    return Recipe(
        sources=(source,),
        public=public,
        work=work,
        ingest=IngestOptions(name="x", **options),
        config=load_run_config(None, {"model": {"base": "compact"}}),
        precision="float16",
        budget=DEFAULT_BUDGET,
        browser=False,
        build=BuildOptions(),
    )


@pytest.mark.parametrize(
    ("public", "work"),
    [("photos", "work"), (".", "work"), ("photos/public", "work"), ("q", "q"), ("q", "q/work")],
)
def test_a_site_that_would_replace_photos_or_work_is_refused_at_once(tmp_path, public, work):
    (tmp_path / "photos" / "Boletus edulis").mkdir(parents=True)
    with pytest.raises(BadInput, match="folder"):
        make_site(recipe(tmp_path / "photos", tmp_path / public, tmp_path / work))
    assert not (tmp_path / work / "dataset").exists()


def test_other_targets_are_another_run(tmp_path, monkeypatch):
    def inputs_of_training(**targets: float) -> object:
        seen = {}

        def skipped(hops, name, inputs, output, do, later=(), *, unfinished=False):
            seen[name] = inputs
            hops.seconds[name] = 0.0
            return {"sha256": "", "run": "r", "model": "", "id": "", "bytes": 0, "test": NOT_MEASURED}

        monkeypatch.setattr(Hops, "run", skipped)
        config = load_run_config(None, {"model.base": "compact", "decision": targets})
        (tmp_path / "photos").mkdir(exist_ok=True)
        make_site(replace(recipe(tmp_path / "photos", tmp_path / "public", tmp_path / "work"), config=config))
        return seen["train"]

    assert inputs_of_training() == inputs_of_training(target_unknown=0.05)
    assert inputs_of_training() != inputs_of_training(target_unknown=0.06)


def test_the_demos_own_folders_pass(tmp_path, monkeypatch):
    monkeypatch.setattr("sporeprint_training.drawn.draw_sample", lambda *_, **__: None)
    found = demo_recipe(tmp_path / "public", photos=80, seed=0)
    assert found.sources[0].is_relative_to(found.work)
    assert not found.work.is_relative_to(found.public)


def test_an_earlier_bundle_that_cannot_be_read_is_not_passed_over_in_silence(make_bundle, tmp_path, capsys):
    bundle = make_bundle()
    assert earlier_bundle(bundle) == bundle
    (bundle / "manifest.json").write_text("{}")
    assert earlier_bundle(bundle) is None
    assert "the new model is not compared with the earlier one" in capsys.readouterr().err
    assert earlier_bundle(tmp_path / "none yet") is None
    assert capsys.readouterr().err == ""


def test_a_changed_taxonomy_is_ingested_again_and_an_unchanged_one_is_not(tmp_path, monkeypatch):
    def stop(*_):
        raise StepFailed("This is as far as the test goes")

    monkeypatch.setitem(sys.modules, "sporeprint_training.train", SimpleNamespace(train=stop))
    for place, name in enumerate(("Boletus edulis", "Suillus luteus")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", (40, 40), (90 * place, 40, 0)).save(tmp_path / "photos" / name / "1.png")
    table, made = tmp_path / "places.csv", []
    for family in ("Boletaceae", "Boletaceae", "Suillaceae"):
        row = f"species,family\nSuillus luteus,{family}\n"
        if not table.exists() or table.read_text() != row:
            table.write_text(row)
        with pytest.raises(StepFailed, match="as far as"):
            options = {"taxonomy": table, "min_photos": 1}
            make_site(recipe(tmp_path / "photos", tmp_path / "public", tmp_path / "work", **options))
        dataset = tmp_path / "work" / "dataset"
        made.append((read_dataset(dataset).species["family"][1], (dataset / "dataset.h5").stat().st_mtime_ns))
    assert [family for family, _ in made] == ["Boletaceae", "Boletaceae", "Suillaceae"]
    assert made[0][1] == made[1][1] < made[2][1]


def test_a_site_that_would_replace_its_taxonomy_is_refused(tmp_path):
    (tmp_path / "photos" / "Boletus edulis").mkdir(parents=True)
    table = tmp_path / "public" / "places.csv"
    with pytest.raises(BadInput, match="taxonomy"):
        make_site(recipe(tmp_path / "photos", tmp_path / "public", tmp_path / "work", taxonomy=table))


def test_photos_that_a_table_names_and_photos_that_may_still_come_are_inputs_too(tmp_path, monkeypatch):
    def stop(*_):
        raise StepFailed("This is as far as the test goes")

    def make() -> int:
        with pytest.raises(StepFailed, match="as far as"):
            make_site(recipe(table, tmp_path / "public", tmp_path / "work", **options))
        return (tmp_path / "work" / "dataset" / "dataset.h5").stat().st_mtime_ns

    monkeypatch.setitem(sys.modules, "sporeprint_training.train", SimpleNamespace(train=stop))
    for place in range(2):
        Image.new("RGB", (40, 40), (90 * place, 40, 0)).save(tmp_path / f"{place}.png")
    table = tmp_path / "photos.csv"
    table.write_text("file,species\n0.png,Boletus edulis\n1.png,Suillus luteus\n")
    options = {"min_photos": 1, "report": False, "download": {"private_hosts": True, "attempts": 1}}
    first = make()
    assert make() == first
    Image.new("RGB", (48, 40), (90, 40, 0)).save(tmp_path / "1.png")
    second = make()
    assert second > first

    server = Server()
    address = server.answer("/late.png", reply(status="503 Service Unavailable"))
    table.write_text(
        f"file,url,species,licence\n0.png,,Boletus edulis,\n1.png,,Suillus luteus,\n,{address},Suillus luteus,CC0\n"
    )
    third = make()
    assert third < make(), "the server may be there again"
    server.answer("/late.png", reply((tmp_path / "0.png").read_bytes(), Content_Type="image/png"))
    fourth = make()
    assert make() == fourth
    server.close()
