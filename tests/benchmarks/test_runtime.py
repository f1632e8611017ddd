"""The runtime benchmark's arithmetic, its order of rows, and what its pins and its documentation say."""

import json
from pathlib import Path

import pytest

from runtime_benchmark.measured import Answer, ColdStart, Site
from runtime_benchmark.peers import PEERS
from runtime_benchmark.table import judge, make_rows

ROOT = Path(__file__).parents[2]
HOME = ROOT / "benchmarks" / "runtime"
KERAS = [(0.9, 0.1), (0.2, 0.8), (0.6, 0.4)]
# Their softmax at temperature 2 is KERAS.
LOGITS = [(4.394449, 0.0), (0.0, 2.772589), (0.810930, 0.0)]


@pytest.fixture
def rows(tmp_path):
    """Rows of the app, of a slow and a fast peer, and of one that is fastest and wrong."""

    def make(times, *, wrong=(), library=700):
        sites, cold, warm, brotli = [], {}, {}, {}
        for name, (ready, ms) in times.items():
            ours = name.startswith("Sporeprint")
            site = Site(name, tmp_path / name, ours=ours, precision="float16" if "float16" in name else "float32")
            site.folder.mkdir(exist_ok=True)
            for path, size in (("index.html", 100), ("library.js", 300 if ours else library)):
                (site.folder / path).write_bytes(b" " * size)
                brotli[site.folder / path] = size // 10
            sent = ("/index.html", "/library.js", "/index.html")
            starts = [ColdStart(ready + late, ms * 2, sent, 5000 + late, "wasm") for late in (100, 0, 40)]
            values = KERAS if ours else LOGITS
            if name in wrong:
                values = [values[0][::-1], *values[1:]]
            answers = [Answer(ms + extra, scores) for extra, scores in zip((0, 50, 1), values, strict=True)]
            sites.append(site)
            cold[name], warm[name] = starts, answers
        return make_rows(sites, cold, warm, brotli=brotli, blank=1000, keras=KERAS, temperature=2.0)

    return make


def test_a_row_sums_what_was_sent_and_takes_medians(rows):
    slow, ours = sorted(rows({"Sporeprint, float32": (200, 19), "slow": (300, 39)}), key=lambda row: row.ours)
    assert (ours.bytes, ours.bytes_brotli) == (100 + 300 + 100, 10 + 30 + 10)
    assert (ours.ready_ms, ours.first_ms, ours.median_ms, ours.memory) == (240, 38, 20, 4040)
    assert (ours.ratio, slow.ratio) == (1.0, 2.0)


def test_peers_are_compared_by_calibrated_scores(rows):
    found = rows({"Sporeprint, float32": (0, 20), "peer": (0, 30)})
    assert [row.agreement for row in found] == [1.0, 1.0]
    assert max(row.max_abs_dp for row in found) < 1e-5


def test_rows_go_from_fast_to_slow_and_a_fast_wrong_answer_comes_last_and_does_not_count(rows):
    times = {"slow": (0, 40), "Sporeprint, float32": (0, 20), "fast": (0, 10), "hasty": (0, 1)}
    found = rows(times, wrong=("hasty",))
    assert [row.name for row in found] == ["fast", "Sporeprint, float32", "slow", "hasty"]
    verdict = judge(found)
    assert verdict.fastest_peer == "fast"
    assert verdict.slower == pytest.approx(21 / 11 - 1)


def test_a_quantised_bundle_may_lose_a_photo_and_is_not_the_reference(rows):
    times = {"Sporeprint, float16": (0, 10), "Sporeprint, float32": (0, 20), "peer": (0, 40)}
    found = rows(times, wrong=("Sporeprint, float16",))
    assert [row.name for row in found] == ["Sporeprint, float16", "Sporeprint, float32", "peer"]
    assert found[0].agreement == pytest.approx(2 / 3)
    assert judge(found).slower == pytest.approx(21 / 41 - 1)


def test_fewest_bytes_means_fewer_than_every_peer(rows):
    times = {"Sporeprint, float32": (0, 20), "peer": (0, 40)}
    assert judge(rows(times, library=301)).fewest_bytes is False  # 30 bytes each after brotli
    assert judge(rows(times, library=310)).fewest_bytes is True


def test_every_peer_is_pinned_and_the_documentation_names_the_measured_version():
    pins = json.loads((HOME / "package.json").read_text())["dependencies"]
    locked = json.loads((HOME / "package-lock.json").read_text())["packages"]
    documentation = (ROOT / "docs" / "benchmarks-runtime.md").read_text()
    assert {peer.package for peer in PEERS} == set(pins)
    for peer in PEERS:
        version = pins[peer.package]
        assert locked[f"node_modules/{peer.package}"]["version"] == version
        assert f"{peer.package} {version}" in documentation
        assert f"| {peer.name}" in documentation


def test_the_apps_own_tfjs_is_the_peers_version():
    own = json.loads((ROOT / "site" / "package.json").read_text())["devDependencies"]
    pins = json.loads((HOME / "package.json").read_text())["dependencies"]
    assert own["@tensorflow/tfjs-backend-wasm"] == pins["@tensorflow/tfjs-backend-wasm"] == pins["@tensorflow/tfjs"]


def test_the_lock_file_names_no_registry():
    assert '"resolved"' not in (HOME / "package-lock.json").read_text()


def test_converters_are_pinned_exactly():
    lines = (HOME / "requirements.txt").read_text().splitlines()
    assert all("==" in line for line in lines if line and not line.startswith("#"))


def test_pages_and_modules_of_every_peer_exist():
    for peer in PEERS:
        assert (HOME / "pages" / peer.page).is_file()
        assert (HOME / "pages" / peer.script).is_file()
