"""What could only fail after the training is refused before it."""

import pytest

from sporeprint.demo import demo_recipe
from sporeprint.make import Recipe, earlier_bundle, make_site
from sporeprint_export.precision import DEFAULT_BUDGET
from sporeprint_site.options import BuildOptions
from sporeprint_training.dataset.options import IngestOptions
from sporeprint_training.errors import BadInput
from sporeprint_training.run_config import load_run_config


def recipe(source, public, work) -> Recipe:
    return Recipe(
        sources=(source,),
        public=public,
        work=work,
        ingest=IngestOptions(name="x"),
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
