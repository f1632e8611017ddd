"""The whole way with real photos and weights, and once more with a new head."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sporeprint.recipe import work_folder
from sporeprint_export.precision import PRECISIONS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fungi20")


@pytest.fixture(scope="module")
def mobilenet(folder, real_data) -> list[str | Path]:
    weights = real_data / "weights" / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5"
    return [
        "make", real_data / "fungi20", "--backbone", "mobilenet_v2", "--weights", weights, "--out", folder / "public",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def made(sporeprint: Callable[..., dict[str, Any]], mobilenet) -> dict[str, Any]:
    return sporeprint(*mobilenet)


def test_a_frozen_backbone_and_a_new_head_name_nine_in_ten_unseen_photos(made):
    assert made["recomputed"] == ["ingest", "train", "export", "build"]
    assert made["test"]["n"] >= 150
    assert made["test"]["top1"] >= 0.88


def test_made_again_without_changes_nothing_is_recomputed(sporeprint, made, mobilenet):
    again = sporeprint(*mobilenet)
    assert again["recomputed"] == []
    assert (again["run"], again["test"]) == (made["run"], made["test"])


def test_the_browser_agrees_with_keras_with_the_network_cut(sporeprint, made, folder, real_data):
    found = sporeprint("verify", folder / "public", "--photos", real_data / "fungi20", "--limit", "100")
    assert found["n"] == 100
    assert found["failed"] == 0
    assert found["agreement"] >= 0.99
    assert found["mean_abs_dp"] <= 0.01
    assert found["off_origin_requests"] == 0
    assert found["csp_violations"] == 0
    # Model, runtime, and everything else that is to work without a signal: guide, journal, three languages.
    assert found["bytes_until_ready"] <= 3_750_000
    assert found["bytes_until_ready_brotli"] <= 2_650_000


def test_the_smallest_precision_within_the_budget_ships_and_was_measured_where_it_runs(made, folder):
    parity = json.loads((work_folder(folder / "public") / "bundle" / "parity.json").read_bytes())
    measured, wasm = parity["tensorflow"], parity["wasm"]
    (chosen,) = wasm
    assert set(measured) == set(PRECISIONS)
    assert (
        "uint8" != chosen == min((p for p in measured if not measured[p]["faults"]), key=lambda p: measured[p]["bytes"])
    )
    assert measured[chosen]["bytes"] <= 2_500_000
    assert measured["uint8"]["faults"], "one step for a whole tensor ruins this network"
    assert wasm[chosen]["n"] >= 300
    assert wasm[chosen]["agreement"] >= 0.99
    assert wasm[chosen]["accuracy_drop"] <= 0.005
    for backend in ("wasm", "webgl", "cpu"):
        assert parity[backend][chosen]["max_abs_dp_tensorflow"] <= 1e-3


def test_a_retrained_head_costs_phones_a_twentieth_of_the_bytes(sporeprint, made, mobilenet, folder, tmp_path):
    work = work_folder(folder / "public")
    (tmp_path / "run.json").write_text('{"seed": 1}')
    options = mobilenet[2 : mobilenet.index("--out")]
    given = [work / "dataset", "--runs", work / "runs", "--config", tmp_path / "run.json", *options]
    again = sporeprint("train", *given)
    assert again["run"] != made["run"]
    parity = json.loads((work / "bundle" / "parity.json").read_bytes())
    (chosen,) = parity["wasm"]
    found = sporeprint(
        "export", work / "runs" / again["run"], "--out", tmp_path / "bundle",
        "--precision", chosen, "--against", work / "bundle", "--no-browser",
    )  # fmt: skip
    assert 0 < found["changed_bytes"] <= 0.05 * found["bytes"]
