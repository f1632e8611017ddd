"""The smallest precision within the budget is the one that ships."""

from dataclasses import replace

import numpy as np
import pytest

from sporeprint_export import precision as precision_module
from sporeprint_export import quantise as quantise_module
from sporeprint_export.answers import read_answers
from sporeprint_export.candidates import choose, make_candidates
from sporeprint_export.fidelity import Fidelity
from sporeprint_export.parity import Parity
from sporeprint_export.precision import DEFAULT_BUDGET, PRECISIONS
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.errors import StepFailed
from sporeprint_training.progress import SILENT
from sporeprint_training.run import read_run
from sporeprint_training.run_photos import read_photos


@pytest.fixture(scope="module")
def made(exported, graph, network):
    """The small network in every precision; its products are small, so that all of them are rounded here."""
    run = read_run(exported[0])
    answers = read_answers(run, read_photos(run), network)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantise_module, "SMALLEST_ROUNDED", 64)
        patch.setattr(precision_module, "LARGE_PRODUCT", 500)
        found, unusable = make_candidates(graph, PRECISIONS, answers, run.record, DEFAULT_BUDGET, SILENT)
    assert unusable == {}
    return {candidate.precision: candidate for candidate in found}


def test_every_precision_is_made_and_measured(made):
    assert set(made) == set(PRECISIONS)
    assert {candidate.fidelity.parity.n for candidate in made.values()} == {6}
    sizes = {precision: sum(map(len, files(made[precision]))) for precision in PRECISIONS}
    assert sizes["float32"] > sizes["float16"] > sizes["int8"] > sizes["int6"]
    assert sizes["uint16"] > sizes["uint8"]
    for precision, candidate in made.items():
        assert candidate.bytes == sizes[precision] + len(candidate.files.model_json)
        assert candidate.bytes_brotli < candidate.bytes


def files(candidate):
    return [*candidate.files.backbone.values(), *candidate.files.head.values()]


def test_a_scale_per_channel_is_worth_more_than_one_per_tensor(made):
    assert made["int8"].fidelity.parity.mean_abs_dp < made["uint8"].fidelity.parity.mean_abs_dp / 2


def test_float32_is_exact(made):
    assert made["float32"].fidelity.parity.max_abs_dp < 1e-4
    assert made["float32"].faults == ()


def test_the_smallest_sound_candidate_is_chosen(made):
    sizes = {"float32": 4, "float16": 2, "uint16": 2, "uint8": 1, "int8": 1, "int6": 1}
    found = [replace(made[precision], bytes=size * 100) for precision, size in sizes.items()]
    found = [replace(one, faults=("worse",)) if one.bytes == 100 and one.precision != "int8" else one for one in found]
    assert choose(found).precision == "int8"
    assert choose([one for one in found if one.precision != "int8"]).precision == "float16"


def known_of(candidate):
    return frozenset(map(sha256_bytes, candidate.files.backbone.values()))


def test_what_phones_have_already_is_kept_unless_another_precision_is_a_quarter_smaller(made):
    eight, six = replace(made["int8"], bytes=100, faults=()), replace(made["int6"], bytes=80, faults=())
    assert choose([eight, six]) is six
    assert choose([eight, six], known_of(eight)) is eight
    assert choose([eight, replace(six, bytes=70)], known_of(eight)).precision == "int6"
    assert choose([replace(eight, faults=("worse",)), six], known_of(eight)) is six
    assert choose([eight, six], frozenset({"0" * 64})) is six, "an earlier bundle of another backbone"


def test_a_precision_that_spoils_the_self_test_is_not_chosen(exported, graph, network, monkeypatch):
    monkeypatch.setattr("sporeprint_export.candidates.MAX_TOLERANCE", 0.02 + 1e-6)
    run = read_run(exported[0])
    answers = read_answers(run, read_photos(run), network)
    found, _ = make_candidates(graph, ("float32", "float16"), answers, run.record, DEFAULT_BUDGET, SILENT)
    assert [bool(candidate.faults) for candidate in found] == [False, True]
    assert choose(found).precision == "float32"


def test_without_a_sound_candidate_every_fault_is_told(made):
    parity = Parity(n=400, agreement=0.11, mean_abs_dp=0.5, max_abs_dp=0.9)
    fidelity = Fidelity(parity, 0.1, 0.815, "Amanita virosa", 1.0, ("Amanita virosa",))
    faults = tuple(fidelity.faults("uint8", DEFAULT_BUDGET))
    with pytest.raises(StepFailed) as raised:
        choose([replace(made["uint8"], fidelity=fidelity, faults=faults)])
    assert "uint8: agreement 11.0%, limit 99.0%" in str(raised.value)
    assert "accuracy drop 81.5 points, limit 0.5" in str(raised.value)


def test_a_precision_that_cannot_hold_a_weight_is_left_out_of_several_and_refused_alone(exported, graph, network):
    run = read_run(exported[0])
    answers = read_answers(run, read_photos(run), network)
    kernel = max(graph.weights, key=lambda name: graph.weights[name].size)
    huge = {**graph.weights, kernel: graph.weights[kernel] * np.float32(1e6)}
    asked = ("float32", "float16")
    found, unusable = make_candidates(replace(graph, weights=huge), asked, answers, run.record, DEFAULT_BUDGET, SILENT)
    assert [candidate.precision for candidate in found] == ["float32"]
    assert "in " + kernel in unusable["float16"]
    with pytest.raises(StepFailed, match="fits float16"):
        make_candidates(replace(graph, weights=huge), ["float16"], answers, run.record, DEFAULT_BUDGET, SILENT)


def test_the_activation_output_is_in_every_precision(made):
    for candidate in made.values():
        assert b'"class_activation"' in candidate.files.model_json
