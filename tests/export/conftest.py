"""A small network with every kind of layer that the export treats specially, and its run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from sporeprint_export import convert as convert_module
from sporeprint_export.canonical import canonical
from sporeprint_export.convert import ConvertedGraph, convert
from sporeprint_export.export import ExportOptions, ExportReport, export_run
from sporeprint_export.fold import fold
from sporeprint_export.freeze import freeze
from sporeprint_training.artefact import canonical_json, sha256_file
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.decision import Band, Thresholds
from sporeprint_training.guide_records import RunThumbnail
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.run import (
    ClassRecord,
    DatasetRecord,
    DeadlyTable,
    RunMetrics,
    RunRecord,
    RunSeconds,
    SplitSizes,
    Taxonomy,
)
from sporeprint_training.run_photos import RunPhoto, RunPhotos
from warm_python import WarmPython

SIZE = 32
CLASSES = ("Amanita virosa", "Boletus edulis", "Cantharellus cibarius", "Hygrophoropsis aurantiaca")


def small_network(seed: int = 0, classes: int = len(CLASSES)) -> keras.Model:
    """A network of what real backbones are made of, with random weights and statistics.

    Separable and plain convolutions with batch norm, a nested model, six activations, a block that ends in the sum of
    two convolutions without bias, and a head.
    """
    layers = keras.layers
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(image)
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.SeparableConv2D(16, 3, padding="same")(x)
    x = layers.LeakyReLU(negative_slope=0.1)(layers.BatchNormalization()(x))
    x = layers.Add()([_bare(x), _bare(x)])
    x = layers.BatchNormalization()(layers.MaxPool2D()(x))
    x = layers.PReLU(shared_axes=[1, 2])(layers.Conv2D(16, 1)(x))
    nested = keras.Sequential([layers.Conv2D(24, 3), layers.BatchNormalization(), layers.ELU()])
    x = layers.GlobalAveragePooling2D(name="features")(nested(x))
    x = layers.Dropout(0.2, name="head_dropout")(x)
    model = keras.Model(image, layers.Dense(classes, name="head_logits")(x))
    _randomise(model, seed)
    return model


def _bare(x: Any) -> Any:
    return keras.layers.Conv2D(16, 3, padding="same", use_bias=False)(x)


def _randomise(model: keras.Model, seed: int) -> None:
    random = np.random.default_rng(seed)
    for weight in model.weights:
        fan_in = np.prod(weight.shape[: 2 if "depthwise" in weight.name else -1])
        # He's spread and small offsets: otherwise the offsets alone would decide the answer.
        spread = random.normal(0, np.sqrt(2 / fan_in) if len(weight.shape) > 1 else 0.1, weight.shape)
        positive = weight.name in ("gamma", "moving_variance")
        weight.assign(random.uniform(0.5, 1.5, weight.shape) if positive else spread)


def write_run(folder: Path, model: keras.Model, names: tuple[str, ...] = CLASSES, base: str = "compact") -> Path:
    """A complete run folder around `model`, with the answers that it gives."""
    folder.mkdir(parents=True)
    spec = InputSpec(size=model.input_shape[1])
    random = np.random.default_rng(1)
    Image.fromarray(random.integers(0, 256, (64, 48, 3), np.uint8)).resize((240, 320)).save(folder / "self_test.jpg")
    (folder / "thumbnails").mkdir()
    for number, colour in enumerate(("tan", "wheat")):
        Image.new("RGB", (32, 32), colour).save(folder / "thumbnails" / f"0-{number}.jpg")
    write_photos(folder, model, blotches(6, spec.size))
    model.save(folder / "model.keras")
    (folder / "run.json").write_bytes(
        canonical_json(make_record(names, spec, base).model_dump(mode="json", by_alias=True))
    )
    return folder


def blotches(count: int, size: int) -> NDArray[np.uint8]:
    """Pictures `(count, size, size, 3)` of large colour patches: noise would look the same to a pooled network."""
    patches = np.random.default_rng(2).integers(0, 256, (count, 4, 4, 3), np.uint8)
    return patches.repeat(size // 4, axis=1).repeat(size // 4, axis=2)


def write_photos(folder: Path, model: keras.Model, images: NDArray[np.uint8]) -> None:
    """Photos of `images` `(n, size, size, 3)`, labelled as `model` names them; the same ones serve to calibrate."""
    labels = model.predict_on_batch(images.astype(np.float32)).argmax(axis=1)
    (folder / "photos").mkdir(exist_ok=True)
    photos = []
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        for split in ("train", "test"):
            path = f"photos/{split}-{index}.png"
            Image.fromarray(image).save(folder / path)
            photos.append(RunPhoto(path=path, sha256=sha256_file(folder / path), label=int(label), split=split))
    (folder / "photos.json").write_bytes(canonical_json(RunPhotos(photos=tuple(photos)).model_dump(mode="json")))


def make_record(names: tuple[str, ...], spec: InputSpec, base: str) -> RunRecord:
    """A run record whose first class is deadly and has a thumbnail."""
    classes = [ClassRecord(scientific_name=name, n_photos=70, n_test=10, recall=0.9) for name in names]
    deadly = {"toxicity": "deadly", "toxicity_source": "reference"}
    photos = [RunThumbnail(path=f"thumbnails/0-{number}.jpg", author="drawn", licence="CC0-1.0") for number in range(2)]
    taxonomy = Taxonomy(genus=names[0].split()[0], family="Amanitaceae")
    classes[0] = classes[0].model_copy(update={**deadly, "thumbnails": tuple(photos), "taxonomy": taxonomy})
    bands = (Band(name="high", from_score=0.9), Band(name="medium", from_score=0.5), Band(name="low", from_score=0))
    return RunRecord(
        id="20260101-000000-abc",
        config=RunConfig.model_validate({"model": ModelConfig.model_validate({"base": base})}),
        weights_sha256="",
        dataset=DatasetRecord(
            name="wood *walk*",
            sha256="1" * 64,
            drawn=False,
            licence="CC-BY-4.0",
            attribution="A. B.",
            licences={"CC-BY-4.0": 200, "": 80},
            splits=SplitSizes(train=200, val=40, test=40),
        ),
        input=spec,
        classes=tuple(classes),
        never_seen=("Galerina marginata",),
        deadly_table=DeadlyTable(name="built-in", sha256="2" * 64, n_deadly=2, regions=("europe",)),
        temperature=1.5,
        thresholds=Thresholds(
            species=0.7,
            genus=0.7,
            family=0.7,
            order=0.7,
            deadly=0.05,
            target_precision=0.9,
            target_deadly_recall=0.99,
            bands=bands,
        ),
        metrics=RunMetrics(
            top1=0.9,
            top3=1.0,
            macro_f1=0.89,
            n=40,
            top1_genus=0.925,
            top1_family=0.95,
            n_deadly=10,
            deadly_recall=1.0,
            deadly_false_alarm=0.1,
            ece=0.03,
        ),
        versions={"keras": keras.__version__},
        seconds=RunSeconds(features=1.0, training=1.0, evaluate=1.0),
        n_parameters=1000,
    )


@pytest.fixture(scope="session")
def make_network() -> Callable[..., keras.Model]:
    """Builds the small network; equal seeds give equal weights under other layer names."""
    return small_network


@pytest.fixture(scope="session")
def randomise() -> Callable[[keras.Model, int], None]:
    """Gives a model the random weights and statistics of a seed, with outputs of ordinary size."""
    return _randomise


@pytest.fixture(scope="session")
def images() -> NDArray[np.uint8]:
    """Four different pictures in the small network's size."""
    return blotches(4, SIZE)


@pytest.fixture
def record() -> RunRecord:
    """The small network's record."""
    return make_record(CLASSES, InputSpec(size=SIZE), "compact")


@pytest.fixture(scope="session")
def network() -> keras.Model:
    """The small network; shared, not to be changed."""
    return small_network()


@pytest.fixture(scope="session")
def raw_graph(network: keras.Model) -> ConvertedGraph:
    """The small network as the real converter gives it."""
    return convert(fold(freeze(network)))


@pytest.fixture(scope="session")
def graph(raw_graph: ConvertedGraph) -> ConvertedGraph:
    """The same in its canonical form."""
    return canonical(raw_graph)


@pytest.fixture(scope="session")
def exported(
    network: keras.Model, raw_graph: ConvertedGraph, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, ExportReport]:
    """Run folder, float16 bundle and report of the small network; not to be changed."""
    folder = tmp_path_factory.mktemp("exported")
    run = write_run(folder / "runs" / "one", network)
    with pytest.MonkeyPatch.context() as patch:
        # The conversion is real, but made once for all tests: it takes ten seconds.
        patch.setattr("sporeprint_export.export.convert", lambda frozen: raw_graph)
        return run, folder / "bundle", export_run(run, folder / "bundle", ExportOptions(precision="float16"))


@pytest.fixture
def converted_before(raw_graph: ConvertedGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports in this test take the small network's graph instead of running the converter."""
    monkeypatch.setattr("sporeprint_export.export.convert", lambda frozen: raw_graph)


@pytest.fixture(scope="session")
def converter() -> Iterator[WarmPython]:
    """A process that has tensorflowjs already, with the settings of `convert`."""
    with WarmPython(["tensorflowjs.converters"], **convert_module.SETTINGS) as warm:
        yield warm


@pytest.fixture
def convert_at_once(converter: WarmPython, monkeypatch: pytest.MonkeyPatch) -> None:
    """Conversions in this test do not wait for tensorflowjs to be imported."""

    def run(command: list[str], log: Path) -> int:
        _, _, script, *options = command
        done = converter.run(f"import runpy; runpy.run_path({script!r}, run_name='__main__')", *options)
        log.write_text(done.stdout + done.stderr)
        return done.returncode

    monkeypatch.setattr(convert_module, "_run", run)


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Write a run folder around a model."""
    return lambda model, **options: write_run(tmp_path / "runs" / "one", model, **options)
