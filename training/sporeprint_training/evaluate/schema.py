"""`evaluation.json`: everything that was measured of a run."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from sporeprint_training.decision import Rank, Toxicity

FORMAT = 1

AlarmReason = Literal["score", "look_alike", "group"]
BandName = Literal["high", "medium", "low"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Share(_Frozen):
    """How many of how many, with the 95 % interval of Wilson (1927); all null where there are none to count."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    """Out of how many."""


class ReliabilityBin(_Frozen):
    """Photos whose best score lies in one range."""

    from_score: float
    to_score: float
    mean_score: float
    right: Share
    """Of them, those whose best class is right."""


class RiskPoint(_Frozen):
    """What answering only the surest photos would cost."""

    coverage: float
    """Share of the photos that is answered, the surest first."""
    risk: float
    """Share of these answers that is wrong."""
    score: float
    """Best score of the least sure photo that is answered."""


class RankAnswers(_Frozen):
    """The answers that the app gives at one rank."""

    shown: Share
    """Photos answered at this rank, of all."""
    right: Share
    """Right ones, of those answered."""


class Cost(_Frozen):
    """Mean cost of an answer, by the weights of FungiCLEF 2023 and 2024 (Picek et al. 2024)."""

    naming: float | None
    """1 for a wrong name, 0.1 for a known species that is not named, 10 for an unknown one that is."""
    poison: float | None
    """100 where a poisonous species is called one not known to be, 1 for the reverse."""
    total: float | None
    """The sum."""


class Costs(_Frozen):
    """Of two ways to answer."""

    best_species: Cost
    """The best species is named, whatever its score."""
    app: Cost
    """As the app answers: what gets no species name counts as not named."""


class Alarm(_Frozen):
    """The deadly alarm."""

    recall: Share
    """Deadly photos on which it sounded."""
    by_score: Share
    """Deadly photos on which the deadly species' summed score alone let it sound."""
    false_alarm: Share
    """Photos on which it sounded though they are neither deadly nor of a listed look-alike of a deadly species."""
    look_alike: Share
    """Photos of listed look-alikes on which it sounded, as it should."""
    deadly_by_reason: dict[AlarmReason, int]
    """Deadly photos with alarm, by what raised it."""
    other_by_reason: dict[AlarmReason, int]
    missed: tuple[str, ...]
    """Ids of the deadly photos without alarm."""


class BandRate(_Frozen):
    """How often the best species was right in a band of scores."""

    name: BandName
    from_score: float
    right: Share


class Measures(_Frozen):
    """Of photos, or of observations; every share counts these."""

    n: int
    top1: Share
    top3: Share
    top5: Share
    top10: Share
    macro_f1: float | None
    genus: Share
    """Best class of the right genus; no share where no class has one. Likewise the next two."""
    family: Share
    order: Share
    ece: float | None
    """Expected calibration error (Guo et al. 2017)."""
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage: tuple[RiskPoint, ...]
    aurc: float | None
    """Area under the risk–coverage curve (Geifman & El-Yaniv 2017): the mean risk over all coverages."""
    species_precision: Share
    """Right ones of the species names that the app shows."""
    species_coverage: Share
    """Photos that are given a species name."""
    ranks: dict[Rank, RankAnswers]
    not_sure: Share
    """Photos for which no rank's score passes its threshold."""
    unknown: Share
    """Photos that are taken for none of the classes, though they show one."""
    cost: Costs
    alarm: Alarm
    bands: tuple[BandRate, ...]


class ClassMeasures(_Frozen):
    """One class, by photos."""

    scientific_name: str
    toxicity: Toxicity
    recall: Share
    """Photos of the class that are named so."""
    precision: Share
    """Photos named so that are of the class."""
    f1: float | None
    """Null without test photos."""


class Confusion(_Frozen):
    """Photos of one class that are named as another."""

    given: str
    named: str
    n: int
    share: float
    """Of the given class's test photos."""
    listed: bool
    """The reference table lists the two as look-alikes."""


class Unknown(_Frozen):
    """Photos of what is no class, against the known test photos."""

    n: int
    known: int
    rejected: dict[str, int]
    """Files left out, by reason; `known_class` lay in a folder named as a class."""
    auroc: dict[str, Share]
    """By score. `n` is the number of unknown photos, the interval that of Hanley and McNeil (1982)."""
    refused: Share
    """Unknown photos that are taken for none of the classes, as they should."""
    named: Share
    """Unknown photos that are given a species name."""
    answered: Share
    """Unknown photos that are given any name."""
    cost: Cost
    """The app's, over known and unknown photos together."""

    @property
    def main_auroc(self) -> Share:
        """That of the familiarity, which the decision rule looks at."""
        return self.auroc["familiarity"]


class CurationCounts(_Frozen):
    """How much there is to look at; the lists are in `curation.csv`."""

    photos: int
    mislabelled: int
    duplicates: int
    odd: int
    accuracy: float
    """Of the out-of-fold scores that the suggestions rest on."""


class Evaluation(_Frozen):
    """`evaluation.json`."""

    format: Literal[1] = 1
    run: str
    dataset_sha256: str
    by_photo: Measures
    by_observation: Measures
    classes: tuple[ClassMeasures, ...]
    """In the run's order."""
    confusions: tuple[Confusion, ...]
    """Most frequent first."""
    unknown: Unknown | None = None
    """Null unless photos of unknown things were given."""
    curation: CurationCounts | None = None
    """Null without the data set."""
