"""A complete bundle around a tiny model: one matrix from a photo's mean colour to a class for every species."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from guide_benchmark.photos import draw_photo
from guide_benchmark.species import Species
from sporeprint_export.bundle import MANIFEST
from sporeprint_export.manifest import (
    BundleFile,
    Metrics,
    ModelClass,
    Outputs,
    PackedThumbnail,
    Provenance,
    Role,
    SelfTest,
    make_manifest,
)
from sporeprint_export.thumbnail_packs import Place, pack_thumbnails
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.class_records import outside
from sporeprint_training.decision import Band, Fusion, Thresholds, calibrated_scores
from sporeprint_training.guide_records import Mistaken
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.reference import load_reference
from sporeprint_training.run import DeadlyTable, Taxonomy

SIDE = 32
_COLOUR = (200, 30, 20)
"""Of the self-test's photo."""


def write_bundle(folder: Path, species: Sequence[Species], photos_each: int = 2) -> Path:
    """Write the bundle of a model that knows `species`."""
    pictures = {
        f"{item.scientific_name} {number}": draw_photo(photos_each * label + number)
        for label, item in enumerate(species)
        for number in range(photos_each)
    }
    packs, places = pack_thumbnails(pictures.items())
    kernel = np.random.default_rng(0).normal(0, 6, (3, len(species))).astype("<f4")
    contents: dict[str, tuple[bytes, Role]] = {
        "model.json": (json.dumps(_graph(len(species))).encode(), "graph"),
        "weights/backbone.bin": (np.array([1, 2, 1], "<i4").tobytes(), "backbone"),
        "weights/head.bin": (kernel.tobytes(), "head"),
        "self_test.png": (_plain_photo(), "self_test"),
        **{path: (data, "thumbnail") for path, data in packs.items()},
    }
    shares = np.array(_COLOUR, np.float64) / sum(_COLOUR)
    manifest = make_manifest(
        **_described(species, places, photos_each),
        files=tuple(_write(folder, path, data, role) for path, (data, role) in contents.items()),
        self_test=SelfTest(
            photo="self_test.png",
            scores=tuple(calibrated_scores((shares @ kernel).tolist(), 1.0)),
            tolerance=1e-3,
        ),
    )
    (folder / MANIFEST).write_bytes(manifest.to_json())
    return folder


def _write(folder: Path, path: str, data: bytes, role: Role) -> BundleFile:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(data)
    return BundleFile(path=path, bytes=len(data), sha256=sha256_bytes(data), role=role)


def _plain_photo() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), _COLOUR).save(stream, "PNG")
    return stream.getvalue()


def _graph(classes: int) -> dict[str, object]:
    def node(name: str, op: str, inputs: tuple[str, ...] = (), **attributes: object) -> dict[str, object]:
        return {"name": name, "op": op, "input": list(inputs), "attr": {"T": {"type": "DT_FLOAT"}, **attributes}}

    def constant(name: str, shape: tuple[int, ...], kind: str) -> dict[str, object]:
        tensor = {"dtype": kind, "tensorShape": {"dim": [{"size": str(size)} for size in shape]}}
        return node(name, "Const", dtype={"type": kind}, value={"tensor": tensor})

    shape = {"shape": {"dim": [{"size": str(size)} for size in (-1, SIDE, SIDE, 3)]}}
    nodes = [
        node("image", "Placeholder", dtype={"type": "DT_FLOAT"}, shape=shape),
        constant("rows_columns", (2,), "DT_INT32"),
        constant("channels", (1,), "DT_INT32"),
        constant("kernel", (3, classes), "DT_FLOAT"),
        node("mean", "Mean", ("image", "rows_columns"), keep_dims={"b": False}),
        node("brightness", "Sum", ("mean", "channels"), keep_dims={"b": True}),
        node("shares", "RealDiv", ("mean", "brightness")),
        node("logits", "MatMul", ("shares", "kernel"), transpose_a={"b": False}, transpose_b={"b": False}),
    ]
    integers = [{"name": name, "shape": [n], "dtype": "int32"} for name, n in (("rows_columns", 2), ("channels", 1))]
    floats = [{"name": "kernel", "shape": [3, classes], "dtype": "float32"}]
    weights = [
        {"paths": ["weights/backbone.bin"], "weights": integers},
        {"paths": ["weights/head.bin"], "weights": floats},
    ]
    topology = {"node": nodes, "versions": {"producer": 1}, "library": {}}
    return {"format": "graph-model", "modelTopology": topology, "weightsManifest": weights}


def _described(species: Sequence[Species], places: dict[str, Place], photos_each: int) -> dict[str, object]:
    table = load_reference()
    names = {item.scientific_name for item in species}
    unseen = tuple(name for name in table.deadly if name not in names)
    classes = tuple(_class(item, species, places, photos_each) for item in species)
    return {
        "name": f"{len(species)} generated species",
        "input": InputSpec(size=SIDE),
        "outputs": Outputs(logits="logits"),
        "classes": classes,
        "outside": outside(classes, unseen, table),
        "temperature": 1.0,
        "thresholds": Thresholds(
            species=0.7,
            genus=0.7,
            family=0.7,
            order=0.7,
            deadly=0.15,
            target_precision=0.9,
            target_deadly_recall=0.99,
            bands=(Band(name="low", from_score=0),),
        ),
        "fusion": Fusion(),
        "priors": None,
        "metrics": Metrics(top1=None, top3=None, macro_f1=None, n=0),
        "provenance": Provenance(
            dataset_sha256="0" * 64,
            dataset_name="generated",
            drawn=True,
            run="generated",
            backbone="none",
            precision="float32",
            never_seen=unseen,
            deadly_table=DeadlyTable(name=table.name, sha256=table.sha256, n_deadly=len(table.deadly)),
        ),
    }


def _class(item: Species, species: Sequence[Species], places: dict[str, Place], photos_each: int) -> ModelClass:
    photos = [places[f"{item.scientific_name} {number}"] for number in range(photos_each)]
    other = species[-1] if item is species[0] else species[0]
    return ModelClass(
        scientific_name=item.scientific_name,
        authorship=item.authorship,
        taxonomy=Taxonomy(kingdom="Fungi", order=item.order, family=item.family, genus=item.scientific_name.split()[0]),
        common_names=item.common_names,
        toxicity=item.toxicity,
        syndrome=item.syndrome,
        toxicity_source=item.toxicity_source,
        look_alikes=item.look_alikes,
        deadly_look_alikes=item.deadly_look_alikes,
        n_photos=120,
        n_test=18,
        recall=0.75,
        mistaken_for=(Mistaken(scientific_name=other.scientific_name, n=3),),
        months=item.months,
        thumbnails=tuple(
            PackedThumbnail(
                **place._asdict(),
                author=f"Observer {number}",
                licence="CC-BY-4.0",
                source="https://example.org/observations/1",
            )
            for number, place in enumerate(photos)
        ),
    )
