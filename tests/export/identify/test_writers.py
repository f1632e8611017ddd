"""What leaves the program: the safety line first, words with measured rates, danger only upward, nothing that runs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

import sporeprint_site
from colour_bundle import COLOURS
from sporeprint_export.identify.answer import Answer, make_answer
from sporeprint_export.identify.failures import Unusable
from sporeprint_export.identify.look import Look
from sporeprint_export.identify.words import (
    ALARM,
    ALARM_REASONS,
    DANGER,
    DEADLY_GROUP,
    DRAWN,
    NOT_SURE,
    SAFETY,
    UNKNOWN,
    confidence_text,
    danger_text,
    rate_text,
)
from sporeprint_export.identify.writers import CsvWriter, JsonWriter, inert

STRINGS = json.loads((Path(sporeprint_site.__file__).parent / "app" / "strings" / "en.json").read_bytes())
SURE, TORN, GROUP, ALIKE = (9.0, 0, 0, 0), (1.0, 0.9, 1.0, 0.9), (5.0, 4.6, 0, 0), (0, 0, 0, 6.0)
UNPLACED = (0.9, 0.9, 1.0, 0.9)
"""Torn, and Boletus edulis ahead, whose family has no deadly species."""


@pytest.fixture
def answer(colours):
    return lambda logits, source="p.jpg": make_answer(source, [Look(tuple(logits), None)], colours.manifest, 3)


def rows(colours, *answers):
    stream = io.StringIO(newline="")
    writer = CsvWriter(stream, colours.manifest, top=3)
    for item in answers:
        writer.write(item)
    return list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))


def test_the_words_are_the_apps():
    assert STRINGS["result.safety"] == SAFETY
    assert STRINGS["banner.drawn"] == DRAWN
    assert STRINGS["alarm.heading"] == ALARM
    assert {reason: STRINGS[f"alarm.{reason}"] for reason in ("score", "look_alike", "group")} == ALARM_REASONS
    assert {level: STRINGS[f"danger.{level}"] for level in DANGER} == DANGER
    assert STRINGS["danger.group"] == DEADLY_GROUP
    assert f"{NOT_SURE}." == STRINGS["result.not_sure"]
    assert f"{UNKNOWN}." == STRINGS["result.none_of_these"]


@pytest.mark.parametrize(
    ("right", "n", "words"),
    [
        (0.93, 57, "right about 9 times in 10 in testing, n = 57"),
        (0.96, 84, "right about 19 times in 20 in testing, n = 84"),
        (0.5, 8, "right 4 times out of 8 in testing"),
        (1.0, 400, "right 400 times out of 400 in testing"),
        (0.01, 100, "right 1 times out of 100 in testing"),
        (0.9, 60, "right about 9 times in 10 in testing, n = 60"),
    ],
)
def test_a_rate_is_rounded_down_and_counted_out_when_the_test_was_small(right, n, words):
    assert rate_text(right, n) == words


def test_a_band_that_was_not_measured_says_so(colours, answer):
    bands = tuple(band.model_copy(update={"right": None, "n": 0}) for band in colours.manifest.thresholds.bands)
    thresholds = colours.manifest.thresholds.model_copy(update={"bands": bands})
    manifest = colours.manifest.model_copy(update={"thresholds": thresholds})
    assert confidence_text(answer(SURE).decision, manifest).endswith("was not measured")


def test_confidence_and_danger_follow_what_was_answered(colours, answer):
    def told(logits):
        found = answer(logits)
        danger = danger_text(found.decision, colours.manifest, found.ranked[0][0])
        return confidence_text(found.decision, colours.manifest), danger

    assert told(SURE) == ("high: right about 19 times in 20 in testing, n = 84", "Known poisonous")
    assert told(GROUP) == ("a group is named only where that was right about 9 times in 10 in trials", DEADLY_GROUP)
    assert told(TORN) == ("", "Treat it as possibly poisonous; Amanitaceae includes deadly species")
    assert told(UNPLACED) == ("", "Treat it as possibly poisonous")
    assert told(ALIKE)[1] == "Not assessed"


@pytest.mark.parametrize(
    ("target", "words"), [(0.97, "19 times in 20"), (0.8, "8 times in 10"), (0.999, "19 times in 20")]
)
def test_a_groups_rate_is_the_one_that_this_model_was_made_for(colours, answer, target, words):
    thresholds = colours.manifest.thresholds.model_copy(update={"target_precision": target})
    manifest = colours.manifest.model_copy(update={"thresholds": thresholds})
    assert f"right about {words} in trials" in confidence_text(answer(GROUP).decision, manifest)


def test_none_of_these_is_an_answer_that_keeps_the_alarm(colours, answer):
    decision = answer(ALIKE).decision.model_copy(update={"unknown": True, "taxon": None, "rank": None})
    (row,) = rows(colours, replace(answer(ALIKE), decision=decision))
    assert (row["answer"], row["confidence"], row["danger"]) == (UNKNOWN, "", "Treat it as possibly poisonous")
    assert (row["alarm"], row["deadly"]) == ("yes", "Amanita virosa")


def test_a_group_with_a_deadly_species_that_the_model_never_saw_is_dangerous_too(colours, answer):
    origin = colours.manifest.provenance.model_copy(update={"never_seen": ("Agaricus mortifer",)})
    manifest = colours.manifest.model_copy(update={"provenance": origin})
    decision = answer(SURE).decision.model_copy(update={"taxon": "Agaricus", "rank": "genus"})
    best = answer(SURE).ranked[0][0]
    assert danger_text(decision, manifest, best) == DEADLY_GROUP
    assert danger_text(decision, colours.manifest, best) == "Not assessed"


def test_csv_has_the_safety_line_before_every_name_and_the_alarm_before_the_answer(colours, answer):
    found = rows(colours, answer(SURE), answer(ALIKE), Answer("q.jpg", None, error=Unusable("empty")))
    assert next(iter(found[0])) == "safety"
    assert {row["safety"] for row in found} == {SAFETY}
    columns = list(found[0])
    assert columns.index("alarm") < columns.index("answer") < columns.index("taxon_1")
    assert [row["alarm"] for row in found] == ["no", "yes", ""]
    assert (found[1]["answer"], found[1]["deadly"], found[1]["alarm_reason"]) == (
        "Agaricus campestris", "Amanita virosa", "look_alike",
    )  # fmt: skip
    assert float(found[0]["score_1"]) == pytest.approx(answer(SURE).ranked[0][1], abs=1e-6)
    assert (found[2]["answer"], found[2]["error"]) == ("", "The file is empty. Choose another photo.")


def test_no_cell_of_a_csv_starts_a_formula(colours, answer):
    hostile = ["=cmd|' /C calc'!A0.jpg", "+1.jpg", "-1.jpg", "@sum.jpg", "\t=1.jpg", "\r=1.jpg", "＝1.jpg"]
    found = rows(colours, *(answer(SURE, source) for source in hostile))
    assert [row["source"] for row in found] == [f"'{source}" for source in hostile]
    assert not inert("=1+1").startswith("=")
    assert inert("a=1") == "a=1"
    assert float(found[0]["score_3"]) >= 0


def test_json_is_one_line_with_every_key_of_every_photo(colours, answer):
    stream = io.StringIO()
    writer = JsonWriter(stream, colours.manifest)
    fused = make_answer("one find", [Look(SURE, None), Look(ALIKE, None)], colours.manifest, 2, ["a.jpg", "b\n.jpg"])
    for item in (answer(ALIKE), Answer("q.jpg", None, error=Unusable("empty")), answer([float("nan")] * 4), fused):
        writer.write(item)
    writer.close()
    text = stream.getvalue()
    assert text.index("\n") == len(text) - 1
    found = json.loads(text)
    assert list(found) == ["model", "drawn", "safety", "photos"]
    assert (found["model"], found["safety"], found["drawn"]) == (colours.manifest.id, SAFETY, True)
    alike, empty, nan, find = found["photos"]
    assert {
        "source", "taxon", "rank", "score", "band", "alarm", "alarm_reason", "deadly", "scores", "error",
    } <= alike.keys() == empty.keys() == nan.keys() == find.keys() - {"sources"}  # fmt: skip
    assert alike["error"] is None
    assert (alike["taxon"], alike["alarm"], alike["deadly"]) == ("Agaricus campestris", True, ["Amanita virosa"])
    assert alike["scores"][0]["taxon"] == "Agaricus campestris"
    # Nothing was decided: neither that there is danger nor that there is none.
    assert (empty["taxon"], empty["alarm"], empty["error"]["reason"]) == (None, None, "empty")
    assert nan["error"]["reason"] == "not_identified"
    assert (find["source"], find["sources"], len(find["scores"])) == ("one find", ["a.jpg", "b\n.jpg"], 2)


def test_no_photo_at_all_is_an_empty_list(colours):
    stream = io.StringIO()
    JsonWriter(stream, colours.manifest).close()
    assert json.loads(stream.getvalue())["photos"] == []


def test_nothing_says_edible_or_safe(colours, answer):
    everything = "".join(
        json.dumps(answer(logits).as_dict(colours.manifest)) for logits in (SURE, TORN, GROUP, ALIKE)
    ).lower()
    assert len(COLOURS) == 4
    assert not any(word in everything for word in ("edible", "safe", "harmless", "%"))
