"""The option `--taxonomy` reaches the data set, by `ingest` and by `make`."""

import json

from PIL import Image

from sporeprint.ingest import ingest
from sporeprint.inspect import inspect
from sporeprint.make import make
from sporeprint_training.dataset.store import read_dataset


def test_ingest_places_the_species_says_which_it_cannot_and_inspect_counts_them(tmp_path, capsys):
    for place, name in enumerate(("Hygrocybe testacea", "Gliophorus fictus")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", (40, 40), (90 * place, 40, 0)).save(tmp_path / "photos" / name / "1.png")
    (tmp_path / "places.csv").write_text("scientificName,family\nHygrocybe testacea Boertm.,Hygrophoraceae\n")
    ingest([tmp_path / "photos"], tmp_path / "dataset", min_photos=1, taxonomy=tmp_path / "places.csv")
    species = read_dataset(tmp_path / "dataset").species
    assert species["family"].tolist() == ["", "Hygrophoraceae"]
    assert "no row for 1 of 2 species: Gliophorus fictus" in capsys.readouterr().err
    inspect(tmp_path / "dataset", as_json=True)
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["ranks"]["family"], said["ranks"]["genus"]) == (1, 2)


def test_make_takes_the_same_option(tmp_path, monkeypatch):
    recipes = []
    monkeypatch.setattr("sporeprint.make.make_site", lambda recipe: recipes.append(recipe) or {})
    make([tmp_path], backbone="compact", taxonomy=tmp_path / "places.csv")
    assert recipes[0].ingest.taxonomy == tmp_path / "places.csv"
