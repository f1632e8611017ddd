"""A complete bundle of a few kilobytes whose model is exact arithmetic: it names a photo by its colour."""

from __future__ import annotations

import base64
import io
import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from sporeprint_export.manifest import (
    BundleFile,
    Metrics,
    ModelClass,
    Outputs,
    PackedThumbnail,
    Provenance,
    SelfTest,
    make_manifest,
)
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.decision import Band, Fusion, Thresholds, UnknownRule, calibrated_scores
from sporeprint_training.familiarity import Familiarity
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.priors.record import PriorsRecord
from sporeprint_training.run import DeadlyTable, Taxonomy


@dataclass(frozen=True)
class ColourClass:
    """A class whose logit is a weighted sum of the photo's red, green and blue shares."""

    scientific_name: str
    weights: tuple[float, float, float]
    bias: float
    taxonomy: tuple[str, str]
    """Order and family."""
    toxicity: str = "not_assessed"
    deadly_look_alikes: tuple[str, ...] = ()


COLOURS = (
    ColourClass("Amanita muscaria", (12, 0, 0), 0, ("Agaricales", "Amanitaceae"), "poisonous"),
    ColourClass("Amanita phalloides", (0, 12, 0), 0, ("Agaricales", "Amanitaceae"), "deadly"),
    ColourClass("Boletus edulis", (0, 0, 12), 0, ("Boletales", "Boletaceae")),
    ColourClass(
        "Agaricus campestris", (10, 0, 10), -2, ("Russulales", "Agaricaceae"), deadly_look_alikes=("Amanita virosa",)
    ),
)


def colour_scores(red: float, green: float, blue: float) -> list[float]:
    """What the colour model says about a plain photo."""
    shares = [value / (red + green + blue) for value in (red, green, blue)]
    logits = [sum(w * s for w, s in zip(item.weights, shares, strict=True)) + item.bias for item in COLOURS]
    return calibrated_scores(logits, 1.0)


def plain_photo(red: int, green: int, blue: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A PNG of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", size, (red, green, blue)).save(stream, "PNG")
    return stream.getvalue()


_PHOTO = plain_photo(200, 20, 20)


def _node(name: str, op: str, inputs: tuple[str, ...] = (), **attributes: object) -> dict[str, object]:
    return {"name": name, "op": op, "input": list(inputs), "attr": {"T": {"type": "DT_FLOAT"}, **attributes}}


def _constant(name: str, shape: tuple[int, ...], kind: str = "DT_FLOAT") -> dict[str, object]:
    dimensions = {"dim": [{"size": str(size)} for size in shape]}
    return _node(name, "Const", dtype={"type": kind}, value={"tensor": {"dtype": kind, "tensorShape": dimensions}})


def _graph(size: int) -> list[dict[str, object]]:
    shape = {"shape": {"dim": [{"size": str(n)} for n in (-1, size, size, 3)]}}
    ones = {"list": {"i": ["1", "1", "1", "1"]}}
    text = {name: {"s": base64.b64encode(name.encode()).decode()} for name in ("VALID", "NHWC")}
    layout = {"strides": ones, "dilations": ones, "padding": text["VALID"], "data_format": text["NHWC"]}
    return [
        _node("image", "Placeholder", dtype={"type": "DT_FLOAT"}, shape=shape),
        _constant("rows_columns", (2,), "DT_INT32"),
        _constant("channels", (1,), "DT_INT32"),
        _constant("filter_shape", (4,), "DT_INT32"),
        _constant("head_kernel", (3, len(COLOURS))),
        _constant("head_bias", (len(COLOURS),)),
        _node("mean", "Mean", ("image", "rows_columns"), keep_dims={"b": False}),
        _node("brightness", "Sum", ("mean", "channels"), keep_dims={"b": True}),
        # A black photo divides nothing by nothing: NaN, as a broken model would give.
        _node("shares", "RealDiv", ("mean", "brightness")),
        _node("product", "MatMul", ("shares", "head_kernel"), transpose_a={"b": False}, transpose_b={"b": False}),
        _node("logits", "AddV2", ("product", "head_bias")),
        _node("pixel_shares", "RealDiv", ("image", "brightness")),
        _node("filter", "Reshape", ("head_kernel", "filter_shape")),
        _node("class_activation", "Conv2D", ("pixel_shares", "filter"), **layout),
    ]


Weights = tuple[list[dict[str, object]], bytes]
"""Entries of model.json with their bytes."""


def _weights(
    ballast_floats: int, filter_shape: tuple[int, ...], head: Weights | None
) -> tuple[list[dict[str, object]], dict[str, bytes]]:
    ballast = b"".join(struct.pack("<f", math.sin(index)) for index in range(ballast_floats))
    kernel = [item.weights[channel] for channel in range(3) for item in COLOURS]
    groups: dict[str, Weights] = {
        "weights/ballast.bin": ([_entry("ballast", ballast_floats)], ballast),
        "weights/backbone.bin": (
            [_entry(name, n, kind="int32") for name, n in (("rows_columns", 2), ("channels", 1), ("filter_shape", 4))],
            struct.pack("<7i", 1, 2, 1, *filter_shape),
        ),
        "weights/head.bin": head
        or (
            [_entry("head_kernel", 3, len(COLOURS)), _entry("head_bias", len(COLOURS))],
            struct.pack(f"<{4 * len(COLOURS)}f", *kernel, *(item.bias for item in COLOURS)),
        ),
    }
    manifest: list[dict[str, object]] = [{"paths": [path], "weights": entries} for path, (entries, _) in groups.items()]
    return manifest, {path: data for path, (_, data) in groups.items()}


def _entry(name: str, *shape: int, kind: str = "float32") -> dict[str, object]:
    return {"name": name, "shape": list(shape), "dtype": kind}


def write_colour_bundle(
    folder: Path,
    *,
    names: dict[str, str] | None = None,
    ballast_floats: int = 50_000,
    filter_shape: tuple[int, ...] = (1, 1, 3, len(COLOURS)),
    head: Weights | None = None,
    greys_are_unknown: bool = False,
    priors: tuple[PriorsRecord, bytes] | None = None,
    **changes: object,
) -> Path:
    """A complete bundle of a few kilobytes around the colour model.

    Args:
        folder: where to write it.
        names: other values for text fields of every class.
        ballast_floats: unused weights, four bytes each.
        filter_shape: of the class activation's filter; any other than the usual one makes it fail when it is computed.
        head: other entries and bytes of the head's shard.
        greys_are_unknown: give it a familiarity, the largest root of a colour's share, and a limit of 0.7 to that.
        priors: place and season priors with their file.
        changes: other content of the manifest.
    """
    weights, shards = _weights(ballast_floats, filter_shape, head)
    topology = {"node": _graph(32), "versions": {"producer": 1}, "library": {}}
    graph = {"format": "graph-model", "modelTopology": topology, "weightsManifest": weights}
    contents: dict[str, tuple[bytes, str]] = {"model.json": (json.dumps(graph).encode(), "graph")}
    contents |= {path: (data, "head" if "head" in path else "backbone") for path, data in shards.items()}
    if greys_are_unknown:
        contents["familiarity.bin"] = (_familiarity().to_bytes(), "familiarity")
        changes |= {"thresholds": _THRESHOLDS.model_copy(update={"unknown": UnknownRule(below=0.7, target=0.05)})}
        changes |= {"outputs": Outputs(logits="logits", class_activation="class_activation", features="shares")}
    contents["self_test.png"] = (plain_photo(200, 30, 20), "self_test")
    contents["thumbnails/0.bin"] = (_PHOTO, "thumbnail")
    if priors:
        contents["priors.bin"] = (priors[1], "priors")
        changes["priors"] = priors[0]
    files = []
    for path, (data, role) in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        files.append(BundleFile(path=path, bytes=len(data), sha256=sha256_bytes(data), role=role))
    manifest = make_manifest(**{**_manifest_content(files, names or {}), **changes})
    (folder / "manifest.json").write_bytes(manifest.to_json())
    return folder


def _familiarity() -> Familiarity:
    # No discriminants; the three pure colours are the prototypes.
    whole, measures = np.full(3, 1 / 127, np.float32), np.concatenate([np.zeros((4, 3)), 127 * np.eye(3)])
    scales, offsets = np.full(7, 1 / 127, np.float32), np.zeros(7, np.float32)
    return Familiarity(4, (127 * np.eye(3)).astype(np.int8), whole, measures.astype(np.int8), scales, offsets)


_THRESHOLDS = Thresholds(
    species=0.7,
    genus=0.7,
    family=0.7,
    order=0.7,
    deadly=0.15,
    target_precision=0.9,
    target_deadly_recall=0.99,
    bands=(Band(name="high", from_score=0.9, right=0.96, n=84), Band(name="low", from_score=0, right=0.5, n=8)),
)


def _manifest_content(files: list[BundleFile], names: dict[str, str]) -> dict[str, object]:
    classes = tuple(
        ModelClass(
            scientific_name=item.scientific_name + names.get("scientific_name", ""),
            authorship=names.get("authorship", "Fr."),
            taxonomy=Taxonomy(
                kingdom="Fungi", order=item.taxonomy[0], family=item.taxonomy[1], genus=item.scientific_name.split()[0]
            ),
            common_names={"en": names.get("common_name", f"The {item.scientific_name.split()[1]}")},
            toxicity=item.toxicity,
            syndrome=names.get("syndrome", "amatoxins" if item.toxicity == "deadly" else ""),
            toxicity_source=names.get("toxicity_source", "Benjamin 1995") if item.toxicity != "not_assessed" else "",
            look_alikes=item.deadly_look_alikes,
            deadly_look_alikes=item.deadly_look_alikes,
            n_photos=10,
            recall=0.9,
            n_test=10,
            thumbnails=(
                PackedThumbnail(
                    pack="thumbnails/0.bin",
                    offset=0,
                    length=len(_PHOTO),
                    author=names.get("author", "A. Painter"),
                    licence=names.get("licence", "CC0-1.0"),
                    source="https://example.org/1",
                ),
            )
            if index == 0
            else (),
        )
        for index, item in enumerate(COLOURS)
    )
    return {
        "name": "Colours",
        "input": InputSpec(size=32),
        "outputs": Outputs(logits="logits", class_activation="class_activation"),
        "classes": classes,
        "temperature": 1.0,
        "thresholds": _THRESHOLDS,
        "fusion": Fusion(),
        "priors": None,
        "files": tuple(files),
        "metrics": Metrics(top1=0.9, top3=1.0, macro_f1=0.9, n=100, deadly_recall=1.0, deadly_false_alarm=0.1),
        "provenance": Provenance(
            dataset_sha256="0" * 64,
            dataset_name="colours",
            drawn=True,
            run="run-1",
            backbone="compact",
            precision="float32",
            attribution=names.get("attribution", ""),
            never_seen=("Galerina marginata",),
            deadly_table=DeadlyTable(name="built-in", sha256="0" * 64, n_deadly=2),
        ),
        "self_test": SelfTest(photo="self_test.png", scores=tuple(colour_scores(200, 30, 20)), tolerance=1e-3),
    }
