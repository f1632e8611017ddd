"""`report.html`: one page that needs nothing else, for reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from sporeprint_training.calibrate import softmax
from sporeprint_training.dataset.store import Dataset
from sporeprint_training.decision import RANKS
from sporeprint_training.evaluate import plots, wording
from sporeprint_training.evaluate.curate import Candidate, Curation
from sporeprint_training.evaluate.pictures import Album, Picture
from sporeprint_training.evaluate.schema import Confusion, Evaluation
from sporeprint_training.predictions import Predictions
from sporeprint_training.reports.page import config_lines, render_page
from sporeprint_training.run import CURATION_FILE, EVALUATION_FILE, Run

TEMPLATE = Path(__file__).parent / "templates" / "report.html.j2"
SHOWN_CONFUSIONS, MISTAKEN_PHOTOS = 12, 4
SHOWN_CANDIDATES = 20
"""Of each reason; the rest is in curation.csv."""
SHOWN_CLASSES = 400
"""Rows of the table of classes; the rest is in evaluation.json."""
SHOWN_NAMES = 60


@dataclass(frozen=True)
class ShownConfusion:
    """A pair of species that is confused, with pictures."""

    pair: Confusion
    given: Picture | None
    """A typical photo of the right species."""
    named: Picture | None
    """One of the species that it is taken for."""
    mistaken: tuple[Picture, ...]
    """Test photos of the first that were taken for the second."""


@dataclass(frozen=True)
class ShownCandidate:
    """A photo to look at."""

    picture: Picture
    suggested: str
    other: Picture | None
    score: float


def render_report(
    run: Run, test: Predictions, evaluation: Evaluation, data: Dataset | None, curation: Curation | None
) -> bytes:
    """The page as UTF-8; see `render_page`."""
    album = Album(data) if data is not None else None
    return render_page(
        TEMPLATE,
        {
            "per_cent": wording.per_cent,
            "interval": wording.interval,
            "counted": wording.counted,
            "hits": wording.hits,
            "last_name": lambda path: str(path).rpartition("/")[2],
            "abbreviated": abbreviated,
        },
        run=run.record,
        evaluation=evaluation,
        photos=evaluation.by_photo,
        finds=evaluation.by_observation,
        summary=wording.summary(run, evaluation),
        plots={name: Markup(svg) for name, svg in _plots(run, test, evaluation).items()},
        classes=sorted(evaluation.classes, key=lambda item: (item.recall.value is None, item.recall.value or 0.0)),
        shown_classes=SHOWN_CLASSES,
        shown_names=SHOWN_NAMES,
        confusions=_confusions(evaluation, test, run, album, curation),
        gallery=_gallery(album, data, curation),
        ranks=RANKS,
        files={"evaluation": EVALUATION_FILE, "curation": CURATION_FILE},
        config=config_lines(run.record.config.model_dump(mode="json")),
    )


def abbreviated(name: str) -> str:
    """A scientific name with its genus as one letter, for narrow places."""
    genus, _, rest = name.partition(" ")
    return f"{genus[:1]}. {rest}" if rest else name


def _plots(run: Run, test: Predictions, evaluation: Evaluation) -> dict[str, str]:
    photos = evaluation.by_photo
    if not photos.n:
        return {}
    thresholds = run.record.thresholds
    drawn = {
        "overview": plots.overview(photos, evaluation.by_observation),
        "reliability": plots.reliability(photos.reliability),
        "risk": plots.risk_coverage(
            photos.risk_coverage, photos.species_coverage.value, photos.species_precision.value
        ),
        "recall": plots.class_recall(evaluation.classes),
        "bands": plots.bands(photos.bands, [band.right for band in thresholds.bands]),
    }
    toxic = np.array([item.toxicity == "deadly" for item in run.record.classes])
    if toxic.any():
        sums = softmax(test.logits, run.record.temperature)[:, toxic].sum(axis=1)
        deadly = toxic[test.label]
        drawn["alarm"] = plots.alarm(sums[deadly], sums[~deadly], thresholds.deadly)
    return drawn


def _confusions(
    evaluation: Evaluation, test: Predictions, run: Run, album: Album | None, curation: Curation | None
) -> list[ShownConfusion]:
    places = {item.scientific_name: place for place, item in enumerate(run.record.classes)}
    best = test.logits.argmax(axis=1)
    shown = []
    for pair in evaluation.confusions[:SHOWN_CONFUSIONS]:
        given, named = places[pair.given], places[pair.named]
        if album is None or curation is None:
            shown.append(ShownConfusion(pair, None, None, ()))
            continue
        wrong = test.photo_id[(test.label == given) & (best == named)].tolist()[:MISTAKEN_PHOTOS]
        typical = [album.picture(curation.typical[label]) for label in (given, named)]
        pictures = tuple(album.picture(album.row(photo_id)) for photo_id in wrong)
        shown.append(ShownConfusion(pair, typical[0], typical[1], pictures))
    return shown


def _gallery(album: Album | None, data: Dataset | None, curation: Curation | None) -> dict[str, list[ShownCandidate]]:
    if album is None or data is None or curation is None:
        return {}
    names = data.species["scientific_name"].tolist()

    def shown(candidates: Sequence[Candidate]) -> list[ShownCandidate]:
        return [
            ShownCandidate(
                album.picture(item.row),
                "" if item.suggested is None else names[item.suggested],
                None if item.other is None else album.picture(item.other),
                item.score,
            )
            for item in candidates[:SHOWN_CANDIDATES]
        ]

    return {
        "mislabelled": shown(curation.of("mislabelled")),
        "duplicate": shown(curation.of("duplicate")),
        "odd": shown(curation.of("odd")),
    }
