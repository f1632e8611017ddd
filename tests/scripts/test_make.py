"""What decides each hop of `make`."""

import pytest

from sporeprint import make
from sporeprint.make import Recipe, make_site
from sporeprint_site.options import BuildOptions
from sporeprint_training.artefact import canonical_json
from sporeprint_training.dataset.options import IngestOptions
from sporeprint_training.run_config import load_run_config


@pytest.fixture
def inputs_of(tmp_path, monkeypatch):
    """A function that gives the inputs of every hop for some ingest options; no hop is done."""
    done = {"sha256": "0", "run": "r", "test": dict.fromkeys(("n", "top1", "top3", "macro_f1")), "id": "b", "bytes": 0}

    def inputs(**options):
        seen = {}

        class Recorder(make.Hops):
            def run(self, name, inputs, output, do):
                seen[name] = canonical_json(inputs)
                return done

        monkeypatch.setattr(make, "Hops", Recorder)
        recipe = Recipe(
            sources=(tmp_path,),
            public=tmp_path / "public",
            work=tmp_path / "work",
            ingest=IngestOptions(**options),
            config=load_run_config(),
            precision="float16",
            build=BuildOptions(),
        )
        make_site(recipe)
        return seen

    return inputs


@pytest.mark.parametrize("changed", [{"licence": "CC-BY-4.0"}, {"attribution": "Ann"}, {"name": "My valley"}])
def test_another_licence_credit_or_name_reaches_the_run_although_the_photos_are_the_same(inputs_of, changed):
    assert inputs_of()["train"] == inputs_of()["train"]
    assert inputs_of(**changed)["train"] != inputs_of()["train"]
