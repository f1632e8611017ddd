"""`card.md`: what a developer should know of a model before putting it on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sporeprint_export.fidelity import Fidelity
from sporeprint_export.manifest import Precision
from sporeprint_training.dataset.citations import SourceDataset
from sporeprint_training.decision import Thresholds
from sporeprint_training.priors.record import PriorsRecord
from sporeprint_training.run import RunMetrics, RunRecord, SplitSizes

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")


def model_card(name: str, record: RunRecord, precision: Precision, fidelity: Fidelity) -> bytes:
    """The card as Markdown, UTF-8. Names, licences and authors are data: their Markdown and HTML is escaped."""
    config = record.config
    sections = [
        f"# {_text(name)}",
        "A photo cannot show whether a mushroom is safe to eat. Do not eat anything because of this model's answer.",
        "## Data",
        _data(record),
        "## Model",
        _list(
            ("Run", _text(record.id)),
            ("Backbone", _text(config.model.base)),
            ("Input", f"{record.input.size} x {record.input.size} pixels, {record.input.fit}"),
            ("Parameters", f"{record.n_parameters:,}"),
        ),
        "## Precision",
        _precision(precision, fidelity),
        "## Aims",
        _aims(record.thresholds),
        "## Measured",
        _measured(record.metrics),
        "## What it has never seen",
        f"It knows {len(record.classes)} classes and gives any photo one of their names, a broader group or "
        '"not sure". Of every other species it knows nothing, and of its own only what this data set\'s photos show.',
        "## Deadly species",
        _list(
            ("In the model", _names(item.scientific_name for item in record.classes if item.toxicity == "deadly")),
            ("Never seen by the model", _names(record.never_seen)),
            ("Reference table", _table(record)),
        ),
    ]
    return ("\n\n".join(sections) + "\n").encode()


def _precision(precision: Precision, fidelity: Fidelity) -> str:
    parity = fidelity.parity
    rows = _list(
        ("Weights", precision),
        ("Same answer as the Keras model", f"{fidelity.parity.agreement:.1%} of {fidelity.parity.n} held-out photos"),
        ("Score of the answer differs by", f"{_difference(parity.mean_abs_dp)} on average"),
        ("Score of any class differs by", f"{_difference(parity.max_abs_dp)} at most"),
        ("Right on these photos", f"{fidelity.accuracy:.1%}, {0.0 - fidelity.accuracy_drop * 100:+.1f} points"),
    )
    return f"{rows}\n\nThe photos are those of validation and test together; `parity.json` says more."


def _difference(value: float) -> str:
    # Smaller ones are the arithmetic of this processor, and the card belongs to the model.
    return "less than 0.001" if value < 0.001 else f"{value:.2g}"


def _data(record: RunRecord) -> str:
    dataset = record.dataset
    return _list(
        ("Data set", f"{_text(dataset.name)} ({dataset.sha256[:12]})"),
        ("Kind", "drawings, not photos: a demonstration only" if dataset.drawn else "photos"),
        ("Licence", _text(dataset.licence) or "not stated"),
        ("Licences of the photos", _licences(dataset.licences)),
        ("Attribution", _text(dataset.attribution) or "not stated"),
        *([("To be cited", _text(dataset.citation))] if dataset.citation else []),
        *([("Photos from", _sources(dataset.sources))] if dataset.sources else []),
        ("Classes", str(len(record.classes))),
        ("Photos", str(sum(item.n_photos for item in record.classes))),
        ("Split", _split(dataset.splits)),
        ("Place and season", _priors(record.priors)),
    )


def _licences(counts: dict[str, int]) -> str:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{_text(name) or 'not stated'} ({count})" for name, count in ranked) or "not recorded"


def _sources(sources: Sequence[SourceDataset]) -> str:
    return "; ".join(
        " ".join(part for part in (_text(item.name), item.doi and _text(f"https://doi.org/{item.doi}")) if part)
        + f" ({item.photos})"
        for item in sources
    )


def _split(sizes: SplitSizes | None) -> str:
    if sizes is None:
        return "not recorded"
    return f"{sizes.train} photos to learn from, {sizes.val} to choose on, {sizes.test} to test"


def _priors(priors: PriorsRecord | None) -> str:
    if priors is None or priors.path is None:
        return "not used: too few dates and places, or they did not help"
    parts = []
    if priors.season and priors.season.strength:
        parts.append(f"months of {priors.season.n} observations, strength {priors.season.strength:g}")
    if priors.place and priors.place.strength:
        cells = f"{priors.place.cells} cells of {priors.place.degrees:g}°"
        parts.append(f"places of {priors.place.n} observations in {cells}, strength {priors.place.strength:g}")
    return "; ".join(parts)


def _aims(thresholds: Thresholds) -> str:
    unknown = thresholds.unknown
    refused = "no photo, as the run could not learn what its classes look like"
    return "What the thresholds were chosen for, on validation photos.\n\n" + _list(
        ("Right, of the names at each rank", f"{thresholds.target_precision * 100:g}%"),
        ("Photos of deadly species whose score raises the alarm", f"{thresholds.target_deadly_recall * 100:g}%"),
        ("Photos of known species called unknown", f"{unknown.target * 100:g}%" if unknown else refused),
    )


def _measured(metrics: RunMetrics) -> str:
    if metrics.n == 0:
        return "Nothing: the data set had no test photos."
    return (
        f"On {metrics.n} test photos that nothing was fitted or chosen on; no observation lies on both sides of the "
        "split. The figures are the Keras model's.\n\n"
    ) + _list(
        ("Top-1", _share(metrics.top1)),
        ("Top-3", _share(metrics.top3)),
        ("Right genus", _share(metrics.top1_genus)),
        ("Right family", _share(metrics.top1_family)),
        ("Right order", _share(metrics.top1_order)),
        ("Macro-F1", _share(metrics.macro_f1)),
        ("Calibration error", _share(metrics.ece)),
        ("Named as a species", _share(metrics.species_coverage)),
        ("Right, of those", _share(metrics.species_precision)),
        (f"Alarm on {metrics.n_deadly} photos of deadly species", _share(metrics.deadly_recall)),
        ("Alarm on photos of their look-alikes", _share(metrics.look_alike_alarm)),
        (f"Alarm on the other {metrics.n_unrelated} photos", _share(metrics.deadly_false_alarm)),
    )


def _table(record: RunRecord) -> str:
    table = record.deadly_table
    if table is None and record.dataset.not_fungi:
        return "none, because the data set is declared not to be of fungi"
    if table is None:
        return "not recorded"
    regions = ", ".join(table.regions) or "all regions"
    return f"{_text(table.name)} ({table.sha256[:12]}), {table.n_deadly} deadly species, {_text(regions)}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(_text, names)) or "none"


def _share(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1%}"


def _list(*rows: tuple[str, str]) -> str:
    return "\n".join(f"- {label}: {value}" for label, value in rows)


def _text(value: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(value.split()))
