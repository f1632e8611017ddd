"""Identifying in Python is identifying in the app: the same scores, the same decision, photo by photo."""

from __future__ import annotations

import json

import numpy as np
import pytest

from colour_bundle import colour_scores, plain_photo, write_colour_bundle
from photo_server import reply
from sporeprint_export.bundle import read_bundle
from sporeprint_export.export import ExportOptions, export_run
from sporeprint_export.identify import batch
from sporeprint_export.identify.batch import ONE_FIND, IdentifyOptions, identify
from sporeprint_export.identify.fetch import Limits
from sporeprint_export.identify.model import BundleModel
from sporeprint_export.identify.photos import PhotoSource, find_photos
from sporeprint_export.manifest import content_id
from sporeprint_training.artefact import canonical_json, sha256_bytes
from sporeprint_training.decision import decide
from sporeprint_training.errors import BadInput
from sporeprint_training.predict import predict_scores
from sporeprint_training.run import read_run


def answers(given, model, bundle, **options):
    limits = Limits(private_hosts=True, max_bytes=100_000, seconds=5)
    return list(
        identify(find_photos(list(map(str, given))), model, bundle.manifest, IdentifyOptions(limits=limits, **options))
    )


def scores(answer):
    return {item.scientific_name: score for item, score in answer.ranked}


def test_photos_get_the_models_scores_and_the_rules_decision(photos, model, colours):
    red, blue = (item for item in answers([photos], model, colours, top=4) if item.decision)
    assert red.source.endswith("a red.png")
    assert [item.scientific_name for item, _ in red.ranked][:2] == ["Amanita muscaria", "Agaricus campestris"]
    names = [item.scientific_name for item in colours.manifest.classes]
    expected = colour_scores(200, 30, 20)
    assert scores(red) == pytest.approx(dict(zip(names, expected, strict=True)), abs=1e-5)
    again = decide(expected, colours.manifest.taxa(), colours.manifest.thresholds)
    assert red.decision.model_dump(exclude={"score"}) == again.model_dump(exclude={"score"})
    assert blue.decision.taxon == "Boletus edulis"


@pytest.mark.usefixtures("converted_before")
def test_a_float32_bundle_answers_as_keras_does_to_one_in_a_hundred_thousand(exported, tmp_path):
    run = read_run(exported[0])
    export_run(run.folder, tmp_path / "bundle", ExportOptions(precision="float32"))
    bundle = read_bundle(tmp_path / "bundle")
    photos = sorted((run.folder / "photos").iterdir())
    found = answers(photos, BundleModel(bundle), bundle, top=4)
    reference = predict_scores(run, photos)
    assert len(found) == len(photos) == 12
    names = [item.scientific_name for item in bundle.manifest.classes]
    for answer, expected in zip(found, reference, strict=True):
        assert scores(answer) == pytest.approx(dict(zip(names, expected, strict=True)), abs=1e-5)


def test_a_bad_photo_is_one_answer_in_its_place_and_stops_nothing(photos, model, colours, server, tmp_path):
    page = server.answer("/page.png", reply(b"<html>Log in first</html>", Content_Type="image/png"))
    half = tmp_path / "half.png"
    half.write_bytes(plain_photo(1, 2, 3, size=(300, 300))[:-400])
    (tmp_path / "phone.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(64))
    (tmp_path / "black.png").write_bytes(plain_photo(0, 0, 0))
    (tmp_path / "nothing").mkdir()
    given = [
        tmp_path / "missing.jpg", photos, half, tmp_path / "phone.jpg", page, tmp_path / "black.png",
        "file:///etc/passwd", tmp_path / "nothing", server.answer("/p.png", reply(plain_photo(10, 10, 200))),
    ]  # fmt: skip
    found = answers(given, model, colours)
    assert [answer.error.reason if answer.error else answer.decision.taxon for answer in found] == [
        "not_found", "Amanita muscaria", "empty", "Boletus edulis", "truncated", "heic", "not_an_image",
        "not_identified", "scheme", "no_photos", "Boletus edulis",
    ]  # fmt: skip


def test_photos_of_one_find_are_fused_and_those_that_cannot_be_used_are_told(photos, model, colours):
    (broken, find) = answers([photos], model, colours, top=4, one_find=True)
    assert broken.error.reason == "empty"
    assert find.source == ONE_FIND
    assert [name.rpartition("/")[2] for name in find.sources] == ["a red.png", "b blue.png"]
    both = [np.log(colour_scores(*colour)) for colour in ((200, 30, 20), (10, 10, 200))]
    powers = np.exp(np.mean(both, axis=0) * 2**colours.manifest.fusion.exponent)
    names = [item.scientific_name for item in colours.manifest.classes]
    assert scores(find) == pytest.approx(dict(zip(names, powers / powers.sum(), strict=True)), abs=1e-5)


def test_a_photo_that_looks_like_no_class_is_none_of_these_and_so_is_the_mean_of_a_find(tmp_path):
    bundle = read_bundle(write_colour_bundle(tmp_path / "bundle", greys_are_unknown=True))
    model = BundleModel(bundle)
    for name, colour in {"grey": (100, 100, 100), "red": (250, 5, 5)}.items():
        (tmp_path / f"{name}.png").write_bytes(plain_photo(*colour))
    grey, red = answers([tmp_path / "grey.png", tmp_path / "red.png"], model, bundle)
    assert (grey.decision.unknown, grey.decision.taxon) == (True, None)
    assert (red.decision.unknown, red.decision.taxon) == (False, "Amanita muscaria")
    (find,) = answers([tmp_path / "grey.png", tmp_path / "red.png"], model, bundle, one_find=True)
    looks = [model.look(np.full((32, 32, 3), colour, np.uint8)) for colour in ((100, 100, 100), (250, 5, 5))]
    mean = sum(look.familiarity for look in looks) / 2
    assert find.decision.unknown == (mean < bundle.manifest.thresholds.unknown.below)


def test_without_a_usable_photo_there_is_no_find(tmp_path, model, colours):
    (only,) = answers([tmp_path / "missing.jpg"], model, colours, one_find=True)
    assert only.error.reason == "not_found"


def test_however_many_photos_only_a_few_are_in_memory(model, colours, monkeypatch):
    alive, most = set(), []

    class Photo(PhotoSource):
        def read(self, limits):
            alive.add(self.name)
            most.append(len(alive))
            return plain_photo(200, 30, 20)

    many = [Photo(str(number), "") for number in range(100)]
    seen = []
    for answer in identify(many, model, colours.manifest, IdentifyOptions()):
        alive.discard(answer.source)
        seen.append(answer.source)
    assert seen == [str(number) for number in range(100)]
    assert max(most) <= batch._AHEAD + 2


def test_who_stops_listening_stops_the_reading(model, colours):
    reads = []

    class Photo(PhotoSource):
        def read(self, limits):
            reads.append(self.name)
            return plain_photo(200, 30, 20)

    answers_of = identify([Photo(str(n), "") for n in range(1000)], model, colours.manifest, IdentifyOptions())
    next(answers_of)
    answers_of.close()
    assert len(reads) < 50


def test_a_bundle_with_an_operation_that_the_app_lacks_is_refused_before_it_runs(tmp_path):
    """TensorFlow knows operations that write files; a stranger's bundle must not get at them."""
    folder = write_colour_bundle(tmp_path / "bundle")
    graph = json.loads((folder / "model.json").read_bytes())
    graph["modelTopology"]["node"].append({"name": "evil", "op": "WriteFile", "input": [], "attr": {}})
    (folder / "model.json").write_text(json.dumps(graph))
    with pytest.raises(BadInput, match="WriteFile at evil"):
        BundleModel(read_bundle(signed(folder)))


def test_a_graph_whose_shards_the_manifest_does_not_list_is_refused(tmp_path):
    folder = write_colour_bundle(tmp_path / "bundle")
    graph = json.loads((folder / "model.json").read_bytes())
    graph["weightsManifest"][0]["paths"] = ["../../etc/passwd"]
    (folder / "model.json").write_text(json.dumps(graph))
    with pytest.raises(BadInput, match="shards of the manifest"):
        BundleModel(read_bundle(signed(folder)))


def signed(folder):
    """The bundle with a manifest that agrees with its changed graph, as whoever made it could write."""
    content = json.loads((folder / "manifest.json").read_bytes())
    data = (folder / "model.json").read_bytes()
    for file in content["files"]:
        if file["role"] == "graph":
            file |= {"bytes": len(data), "sha256": sha256_bytes(data)}
    (folder / "manifest.json").write_bytes(canonical_json({**content, "id": content_id(content)}))
    return folder
