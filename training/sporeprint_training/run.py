"""A run folder: what one training produced, and how to find and read it without loading TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sporeprint_training.config_schema import RunConfig
from sporeprint_training.dataset.citations import SourceDataset
from sporeprint_training.decision import RANKS, Fusion, Taxa, Taxon, Thresholds, Toxicity
from sporeprint_training.errors import BadInput
from sporeprint_training.guide_records import Mistaken, Months, OutsideTaxon, RunThumbnail
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.priors.record import PriorsRecord
from sporeprint_training.reference.regions import Region

RUN_JSON = "run.json"
MODEL_FILE = "model.keras"
SCORES_FILE = "scores.keras"
"""The model with its calibrated softmax, where `model.classifier.output_normalize` asks for it."""
HISTORY_FILE = "history.csv"
PREDICTIONS_FILE = "predictions.h5"
SELF_TEST_FILE = "self_test.jpg"
EVALUATION_FILE = "evaluation.json"
REPORT_FILE = "report.html"
CURATION_FILE = "curation.csv"
EVALUATION_FILES = (EVALUATION_FILE, REPORT_FILE, CURATION_FILE, PREDICTIONS_FILE)
"""What `evaluate` writes into a finished run's folder; of these, training writes `PREDICTIONS_FILE`."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SplitSizes(_Frozen):
    """Photos by what they were for; no observation lies in two splits."""

    train: int = Field(ge=0)
    """The weights were fitted on them."""
    val: int = Field(ge=0)
    """The epoch, the temperature and the thresholds were chosen on them."""
    test: int = Field(ge=0)
    """Nothing was fitted or chosen on them."""


class DatasetRecord(_Frozen):
    """The data set that the run learned from."""

    name: str
    sha256: str
    """Content hash of the data set."""
    drawn: bool
    """The photos are drawings."""
    licence: str
    """As declared at ingest, for photos that state none of their own."""
    attribution: str
    licences: dict[str, int] = {}
    """Photos by licence, the rarest together as "other"; "" is not stated. Empty in runs of earlier versions."""
    splits: SplitSizes | None = None
    """Null in runs of earlier versions."""
    not_fungi: bool = False
    """Declared at ingest: no list of deadly species belongs to it."""
    citation: str = ""
    """How to cite the whole collection, as declared at ingest."""
    sources: tuple[SourceDataset, ...] = ()
    """The data sets that the photos are from, as far as the sources say. Empty in runs of earlier versions."""


class DeadlyTable(_Frozen):
    """The reference table that the list of deadly species never seen was made from."""

    name: str = Field(min_length=1, max_length=255)
    """"built-in", or the name of the folder that was used instead."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Hash over the table's files."""
    n_deadly: int = Field(ge=1)
    """Deadly species that the table knows of the regions, classes of the model included."""
    regions: tuple[Region, ...] = ()
    """Continents that the list is for; empty for all."""


class Taxonomy(_Frozen):
    """Higher ranks by name; empty when unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kingdom: str = ""
    phylum: str = ""
    class_: str = Field("", alias="class")
    order: str = ""
    family: str = ""
    genus: str = ""


class ClassFacts(_Frozen):
    """What a run and a manifest say alike of one output of the model."""

    scientific_name: str = Field(min_length=1, max_length=200)
    authorship: str = Field("", max_length=200)
    rank: Literal["species", "genus"] = "species"
    taxonomy: Taxonomy = Taxonomy()
    common_names: dict[str, str] = {}
    """BCP 47 language tag to name."""
    toxicity: Toxicity = "not_assessed"
    syndrome: str = ""
    """What the poison does, in a few words."""
    toxicity_source: str = ""
    """Where the danger level was taken from."""
    look_alikes: tuple[str, ...] = ()
    """Species it is mistaken for (scientific names, symmetric), in the model or not."""
    deadly_look_alikes: tuple[str, ...] = ()
    """Those of them that are deadly."""
    n_photos: int = Field(ge=0)
    """Photos in the whole data set."""
    n_test: int = Field(0, ge=0)
    recall: float | None = Field(None, ge=0, le=1)
    """Share of the class's test photos that were named right; null without test photos."""
    mistaken_for: tuple[Mistaken, ...] = ()
    """Names that its test photos were given most often instead, most frequent first."""
    months: Months | None = None
    """Observations of the train split by month, January first; those from south of the equator count half a year
    later. Null when none of them has a date."""

    def taxon(self) -> Taxon:
        """What the decision rule needs to know of this class."""
        names = {rank: name for rank in RANKS[1:] if (name := getattr(self.taxonomy, rank))}
        names[self.rank] = self.scientific_name
        return Taxon(names=names, toxicity=self.toxicity, deadly_look_alikes=self.deadly_look_alikes)


class ClassRecord(ClassFacts):
    """One output of the model; the list's order is the order of the logits and of the data set's labels."""

    thumbnails: tuple[RunThumbnail, ...] = ()
    """The best first; empty when the photos' licences do not allow showing them."""


class RunMetrics(_Frozen):
    """Measured on the test split, which nothing was fitted or chosen on."""

    top1: float | None
    """Share of photos whose best class is right; null, like the others, without test photos."""
    top3: float | None
    """Share whose right class is among the best three."""
    macro_f1: float | None
    """Mean over the tested classes of the harmonic mean of precision and recall."""
    n: int
    """Number of test photos."""
    top1_genus: float | None = None
    """Share of photos whose best class is of the right genus; as this and the next two are defined in
    `evaluation.rank_accuracy`. Null also where no class has a genus, and in runs of earlier versions."""
    top1_family: float | None = None
    """Share whose best class is of the right family."""
    top1_order: float | None = None
    """Share whose best class is of the right order."""
    n_deadly: int = 0
    """Number of test photos of deadly species."""
    deadly_recall: float | None
    """Share of them on which the alarm sounded; null without such photos."""
    deadly_by_score: float | None = None
    """Share of them on which the deadly species' summed score alone would have let it sound."""
    n_unrelated: int = 0
    """Number of test photos of species that are neither deadly nor listed as a look-alike of a deadly one."""
    deadly_false_alarm: float | None
    """Share of these on which it sounded too."""
    look_alike_alarm: float | None = None
    """Share of the photos of look-alikes on which it sounded, as it should."""
    species_precision: float | None = None
    """Share of right names among the photos that were given a species' name."""
    species_coverage: float | None = None
    """Share of photos that were given one."""
    ece: float | None
    """Expected calibration error of the best class's score, 15 bins of equal width."""


class RunSeconds(_Frozen):
    """Wall time by what it was spent on; that of each epoch is in history.csv."""

    features: float
    """Running photos through a backbone that did not learn."""
    training: float
    """All stages."""
    evaluate: float
    """Calibrating, measuring and writing the run."""


class RunRecord(_Frozen):
    """`run.json`."""

    id: str
    config: RunConfig
    """As resolved: the input size is filled in."""
    weights_sha256: str
    """Of the pretrained weights; empty when trained from scratch."""
    dataset: DatasetRecord
    input: InputSpec
    classes: tuple[ClassRecord, ...]
    never_seen: tuple[str, ...]
    """Deadly species of the reference table that are not among the classes."""
    outside: tuple[OutsideTaxon, ...] = ()
    """What is known of these, and of look-alikes that are no classes either."""
    deadly_table: DeadlyTable | None = None
    """The table that `never_seen` was made from; null when the data set is not of fungi, and in runs of earlier
    versions."""
    temperature: float
    thresholds: Thresholds
    fusion: Fusion = Fusion()
    priors: PriorsRecord | None = None
    """Null when too few photos have a date or a place, and in runs of earlier versions."""
    metrics: RunMetrics
    versions: dict[str, str]
    seconds: RunSeconds
    n_parameters: int

    def taxa(self) -> Taxa:
        """The classes as the decision rule sees them, in output order; made anew at each call, so keep them."""
        return Taxa(item.taxon() for item in self.classes)


@dataclass(frozen=True)
class Run:
    """A finished run and where it lies."""

    folder: Path
    record: RunRecord


def read_run(folder: Path) -> Run:
    """Read a run folder's record.

    Raises:
        BadInput: no run.json, or one that another version wrote.
    """
    path = folder / RUN_JSON
    try:
        return Run(folder, RunRecord.model_validate_json(path.read_bytes()))
    except OSError:
        raise BadInput(
            "A run is a folder with a run.json",
            received=str(folder),
            next_step="Make one with `sporeprint train dataset/`",
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadInput(
            "run.json follows the schema of this version of Sporeprint",
            received=f"{path}: {where}: {first['msg']}",
            next_step="Train again with this version",
        ) from None
