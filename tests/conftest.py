"""Shared fixtures. Real photos and weights are used where they lie beside the project, and never committed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from sporeprint_export.manifest import (
    BundleFile,
    Metrics,
    ModelClass,
    Outputs,
    Provenance,
    SelfTest,
    make_manifest,
)
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.decision import Band, Fusion, Thresholds
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.run import DeadlyTable, Taxonomy
from warm_python import WarmPython

# One test says which texts a language lacks (site/test_languages.py); the others go on without them.
os.environ.setdefault("SPOREPRINT_DRAFT_TEXTS", "1")
REAL_DATA = Path(os.environ.get("SPOREPRINT_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real photos, weights and archives; skips without it unless SPOREPRINT_REAL_DATA=1 demands it."""
    if not REAL_DATA.is_dir():
        if os.environ.get("SPOREPRINT_REAL_DATA") == "1":
            pytest.fail(f"SPOREPRINT_REAL_DATA=1 asks for real data, and {REAL_DATA} does not exist")
        pytest.skip(f"no real data at {REAL_DATA}")
    return REAL_DATA


@pytest.fixture(scope="session")
def warm_command_line() -> Iterator[WarmPython]:
    """Runs `sporeprint` in processes that have TensorFlow already."""
    with WarmPython(["sporeprint.cli", "sporeprint_training.train", "sporeprint_export.export"]) as warm:
        yield warm


def manifest_content(files: Sequence[BundleFile], names: Sequence[str] = ("Amanita virosa", "Boletus edulis")) -> dict:
    """Everything of a small valid manifest but its format and id."""
    classes = [
        ModelClass(
            scientific_name=name,
            taxonomy=Taxonomy(kingdom="Fungi", genus=name.split()[0]),
            common_names={"en": f"the {name}"},
            toxicity="deadly" if name == "Amanita virosa" else "not_assessed",
            toxicity_source="Benjamin 1995" if name == "Amanita virosa" else "",
            n_photos=10,
        )
        for name in names
    ]
    return {
        "name": "Two fungi",
        "input": InputSpec(size=32),
        "outputs": Outputs(logits="Identity:0"),
        "classes": tuple(classes),
        "temperature": 1.0,
        "fusion": Fusion(),
        "thresholds": Thresholds(
            species=0.5, genus=0.6, family=0.7, order=0.8, deadly=0.1, target_precision=0.9, target_deadly_recall=0.99,
            bands=(Band(name="high", from_score=0.9), Band(name="low", from_score=0)),
        ),
        "files": tuple(files),
        "metrics": Metrics(top1=None, top3=None, macro_f1=None, n=0),
        "provenance": Provenance(
            dataset_sha256="0" * 64, dataset_name="two", drawn=True, run="compact-0", backbone="compact",
            precision="float32", never_seen=("Galerina marginata",),
            deadly_table=DeadlyTable(name="built-in", sha256="0" * 64, n_deadly=2 if "Amanita virosa" in names else 1),
        ),
        "self_test": SelfTest(photo="self_test.jpg", scores=(0.5, 0.5), tolerance=0.01),
    }  # fmt: skip


@pytest.fixture
def make_bundle(tmp_path: Path) -> Callable[..., Path]:
    """Write a bundle whose shards hold no model: enough for everything that only checks and copies bytes.

    The returned function takes the folder's name, class names, and other content by file path, and keyword changes
    to the manifest's content.
    """

    def make(folder: str = "bundle", *, names: Sequence[str] = ("Amanita virosa", "Boletus edulis"), **changes) -> Path:
        out = tmp_path / folder
        contents = {
            "model.json": (b'{"format": "graph-model"}', "graph"),
            "weights/backbone.bin": (bytes(range(256)) * 8, "backbone"),
            "weights/head.bin": (folder.encode() * 8, "head"),
            "self_test.jpg": (b"jpeg", "self_test"),
            "card.md": (b"# Card", "card"),
        }
        files = []
        for path, (data, role) in contents.items():
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_bytes(data)
            files.append(BundleFile(path=path, bytes=len(data), sha256=sha256_bytes(data), role=role))
        manifest = make_manifest(**{**manifest_content(files, names), **changes})
        (out / "manifest.json").write_bytes(manifest.to_json())
        return out

    return make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The whole way comes first: it takes longest, and the other tests run beside it.

    The data set's many short files come last, so that the processes that share the files end together.
    """
    items.sort(key=lambda item: ("chain" not in item.path.parts, "dataset" in item.path.parts))
