"""Place and season: the browser reads the file and weighs scores as Python does."""

import random
import struct
from array import array

import pytest

from colour_bundle import COLOURS
from colour_priors import colour_priors
from sporeprint_training.decision import Band, Taxon, Thresholds, decide
from sporeprint_training.priors.file import PlaceLevels, Priors, encode_priors, parse_priors
from sporeprint_training.priors.record import PlaceRecord, PriorsRecord, SeasonRecord
from sporeprint_training.priors.rule import Context, weigh

pytestmark = pytest.mark.browser
READABLE = True

APPLY = """async (cases) => {
  const shared = (name) => import(new URL(`app/shared/${name}.js`, document.baseURI).href);
  const { parsePriors, weigh, strengthsOf } = await shared("priors");
  const { decide } = await shared("decision");
  const number = (value) => ({ nan: NaN, inf: Infinity })[value] ?? value;
  const numbers = (values) => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, number(value)]));
  return cases.map(({ file, record, scores, context, taxa, thresholds }) => {
    try {
      const before = scores.map(number);
      const priors = file && parsePriors(Uint8Array.from(file), record, taxa.length);
      const decideOn = (scores) => decide(scores, taxa, thresholds);
      return weigh(before, decideOn, priors, numbers(context), strengthsOf(record));
    } catch (error) {
      return { error: error.name };
    }
  });
}"""
LOW = Band(name="low", from_score=0)
THRESHOLDS = Thresholds(
    species=0.6,
    genus=0.7,
    family=0.8,
    order=0.9,
    deadly=0.2,
    target_precision=0.9,
    target_deadly_recall=0.99,
    bands=(LOW,),
)
COMMON = {"n": 90, "n_validation": 20, "gain": 0.1, "width": 0.5, "weight": 1.0}


def random_case(source: random.Random) -> dict:
    classes = source.choice([1, 2, 5, 40])
    side = source.choice([2.5, 5.0, 10.0, 20.0, 30.0])
    cells = sorted(source.sample(range(int(64800 / side / side)), source.choice([1, 3, 60])))
    # The cell of null island, more often than chance would have it.
    centre = int(180 / side / 2) * int(360 / side) + int(360 / side / 2)
    if source.random() < 0.1:
        cells = sorted({*cells[1:], centre})
    strengths = [source.choice([0.0, 0.3, 1.0, 1.5]) for _ in range(2)]
    levels = [
        array("b", [source.choice([-15, -8, -7, 0, 0, 0, 3, 15]) for _ in range(classes * n)]) for n in (12, len(cells))
    ]
    record = PriorsRecord(
        path="priors.bin" if any(strengths) else None,
        season=SeasonRecord(strength=strengths[0], **COMMON) if strengths[0] or source.random() < 0.5 else None,
        place=PlaceRecord(strength=strengths[1], degrees=side, cells=len(cells), **COMMON) if strengths[1] else None,
    )
    priors = Priors(
        classes,
        levels[0] if strengths[0] else None,
        PlaceLevels(side, tuple(cells), levels[1]) if strengths[1] else None,
    )
    cell = source.choice(cells)
    row, column = divmod(cell, round(360 / side))
    # Corners of cells belong to one of their neighbours in both languages.
    inside = source.choice([0.0, 0.5, 0.999999])
    north, east = (row + inside) * side - 90, (column + inside) * side - 180
    context = {
        "month": source.choice([None, 1, 6, 10, 12, 12, 0, 13, 4.5, "nan"]),
        "latitude": source.choice([None, north, north, north, 91, "nan", 0, 90, -90]),
        "longitude": source.choice([None, east, east, east, "inf", 0, 180]),
    }
    if centre in cells and source.random() < 0.5:
        context |= {"latitude": 0, "longitude": 0}
    # Few distinct values: ties are common.
    scores = [source.choice([0.0, 0.1, 0.1, 0.2, 0.4, source.random()]) for _ in range(classes)]
    if source.random() < 0.1:
        scores[source.randrange(classes)] = source.choice(["nan", "inf", -0.1])
    taxa = [
        {
            "names": {"species": f"S {index}", "genus": f"G {index // 3}"},
            "toxicity": source.choice(["deadly", "not_assessed", "not_assessed", "poisonous"]),
            "deadly_look_alikes": ["S elsewhere"] if source.random() < 0.1 else [],
        }
        for index in range(classes)
    ]
    return {"priors": priors, "record": record, "context": context, "scores": scores, "taxa": taxa}


def in_python(case: dict) -> dict:
    number = {"nan": float("nan"), "inf": float("inf")}
    scores = [number.get(score, score) for score in case["scores"]]
    context = Context(**{key: number.get(value, value) for key, value in case["context"].items()})
    taxa = [Taxon(**item) for item in case["taxa"]]
    priors = case["priors"] if case["record"].path else None
    try:
        found = weigh(scores, lambda row: decide(row, taxa, THRESHOLDS), priors, context, case["record"].strengths())
        return {
            "scores": found.scores,
            "decision": found.decision.model_dump(mode="json"),
            "flags": [list(flags) for flags in found.flags],
            "used": list(found.used),
        }
    except ValueError:
        return {"error": "RangeError"}


def in_browser(case: dict) -> dict:
    record = case["record"]
    return {
        "file": list(encode_priors(case["priors"])) if record.path else None,
        "record": record.model_dump(mode="json"),
        "scores": case["scores"],
        "context": case["context"],
        "taxa": [{**item, "name": item["names"]["species"]} for item in case["taxa"]],
        "thresholds": THRESHOLDS.model_dump(mode="json"),
    }


def test_the_browser_weighs_as_python_does(app):
    source = random.Random(7)
    cases = [random_case(source) for _ in range(500)]
    answers = app.open().evaluate(APPLY, [in_browser(case) for case in cases])
    seen = set()
    for case, got in zip(cases, answers, strict=True):
        expected = in_python(case)
        assert got.get("error") == expected.get("error"), case
        if "error" in expected:
            continue
        assert got["scores"] == pytest.approx(expected["scores"], abs=1e-9)
        assert (got["flags"], got["used"]) == (expected["flags"], expected["used"]), case
        assert got["decision"].pop("score") == pytest.approx(expected["decision"].pop("score"), abs=1e-9)
        assert got["decision"] == expected["decision"], case
        seen.add((tuple(expected["used"]), any(expected["flags"])))
    # Season alone, place alone, both and none; with something to remark and without.
    assert len({used for used, _ in seen}) == 4
    assert len(seen) >= 6


PARSE = """async ([files, record, classes]) => {
  const { parsePriors } = await import(new URL("app/shared/priors.js", document.baseURI).href);
  return files.map((file) => {
    try {
      parsePriors(Uint8Array.from(file), record, classes);
      return "";
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  });
}"""


def test_the_browser_refuses_every_file_that_python_refuses(app):
    """The file cut short at every byte, and with every byte changed."""
    record, priors, data = colour_priors()
    cells = struct.pack("<2H", *priors.place.cells)
    assert data.count(cells) == 1
    broken = [data[:end] for end in range(len(data))] + [data + b"\0", data.replace(cells, cells[:2] * 2)]
    broken += [
        bytes([*data[:at], data[at] ^ flip, *data[at + 1 :]]) for at in range(len(data)) for flip in (1, 32, 128)
    ]
    refused = app.open().evaluate(
        PARSE, [[list(file) for file in broken], record.model_dump(mode="json"), len(COLOURS)]
    )
    assert sum(map(bool, refused)) > len(data)
    for file, words in zip(broken, refused, strict=True):
        try:
            parse_priors(file, record, len(COLOURS))
            python = False
        except ValueError:
            python = True
        assert python == words.startswith("RangeError"), (file, words)
