"""`manifest.json`: the one description of a model that Python and the browser both read."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sporeprint_training.artefact import canonical_json, sha256_bytes
from sporeprint_training.dataset.citations import SourceDataset
from sporeprint_training.decision import Fusion, Taxa, Thresholds
from sporeprint_training.guide_records import OutsideTaxon, PhotoCredit
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.priors.record import PriorsRecord
from sporeprint_training.run import ClassFacts, DeadlyTable, SplitSizes

FORMAT: Literal[4] = 4
"""Version of this schema; a reader refuses any other."""
MAX_SHARD_BYTES = 4 * 1024 * 1024
MAX_TOLERANCE = 0.2
"""A self-test that allows this much proves nothing."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Precision = Literal["float32", "float16", "uint16", "uint8", "int8", "int6"]
"""How weights are stored. The first four are tensorflowjs' own, so that any client of it reads the bundle; the others
are ours (see `codec` and `precision.bits_for`): whole numbers with a scale for each channel."""
Role = Literal["graph", "backbone", "head", "familiarity", "species", "thumbnail", "self_test", "priors", "card"]
DOWNLOADED_ROLES: frozenset[Role] = frozenset(
    {"graph", "backbone", "head", "familiarity", "species", "thumbnail", "self_test", "priors"}
)
"""Files of a bundle that a phone fetches; the rest is for developers and stays in the bundle."""
_PATH = re.compile(r"[a-z0-9_][a-z0-9_.-]*(/[a-z0-9_][a-z0-9_.-]*)*")


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BundleFile(_Frozen):
    """One file of the bundle; a reader trusts its bytes only after length and hash agree."""

    path: str
    """Relative to the bundle, `/`-separated, lower-case ASCII, no `.` or `..` parts."""
    bytes: int = Field(ge=0)
    sha256: Sha256
    role: Role
    """`graph` is model.json; `backbone` and `head` are weight shards; `familiarity` says what the classes' features
    look like; the app downloads the rest with them, except `card`, which is for developers."""

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        if not _PATH.fullmatch(path) or ".." in path:
            raise ValueError("a bundle path is relative, lower-case ASCII and stays inside the bundle")
        return path


class PackedThumbnail(PhotoCredit):
    """A reference photo: a piece of a file with the role `thumbnail`, a JPEG or a PNG."""

    pack: str
    """Path in the bundle."""
    offset: int = Field(ge=0)
    """Where in it the picture begins, bytes."""
    length: int = Field(ge=1)


class ModelClass(ClassFacts):
    """One output of the model, in output order."""

    thumbnails: tuple[PackedThumbnail, ...] = ()
    """The best first; empty when the photos' licences do not allow showing them."""

    @model_validator(mode="after")
    def _sourced(self) -> ModelClass:
        if self.toxicity != "not_assessed" and not self.toxicity_source:
            raise ValueError(f"{self.scientific_name}: a danger level needs its source")
        return self


class Metrics(_Frozen):
    """Measured on the untouched test split with the Keras model."""

    top1: float | None
    top3: float | None
    macro_f1: float | None
    n: int
    """Number of test photos."""
    top1_genus: float | None = None
    """Share of photos whose best class is of the right genus; null where no class has one."""
    top1_family: float | None = None
    top1_order: float | None = None
    n_deadly: int = 0
    """Number of test photos of deadly species."""
    deadly_recall: float | None = None
    """Share of them on which the alarm sounded; null without such photos."""
    deadly_by_score: float | None = None
    """Share of them on which the deadly species' summed score alone would have let it sound."""
    n_unrelated: int = 0
    """Number of test photos of species that are neither deadly nor listed as a look-alike of a deadly one."""
    deadly_false_alarm: float | None = None
    """Share of these on which it sounded too."""
    look_alike_alarm: float | None = None
    """Share of the photos of look-alikes on which it sounded, as it should."""
    species_precision: float | None = None
    """Share of right names among the test photos that were given a species' name."""
    species_coverage: float | None = None
    """Share of the test photos that were given one."""


class Provenance(_Frozen):
    """Where the model comes from."""

    dataset_sha256: str
    dataset_name: str
    drawn: bool
    """Trained on drawings: the app carries a permanent banner."""
    run: str
    """Id of the run, `runs/ID`."""
    backbone: str
    precision: Precision
    licence: str = ""
    """Licence of the photos as declared at ingest."""
    attribution: str = ""
    licences: dict[str, int] = {}
    """Photos by licence; "" is not stated. Empty when the run does not say."""
    citation: str = ""
    """How to cite the whole collection, as declared at ingest."""
    sources: tuple[SourceDataset, ...] = ()
    """The data sets that the photos are from, to be cited; empty when the run does not say."""
    splits: SplitSizes | None = None
    """Photos by split; null when the run does not say."""
    never_seen: tuple[str, ...]
    """Deadly species of the reference table that the model was never shown."""
    deadly_table: DeadlyTable | None = None
    """The table that `never_seen` was made from: an empty list says nothing without it. No site of fungi is built
    while it is null; bundles of earlier versions have none."""
    not_fungi: bool = False
    """Declared at ingest: the classes are no fungi, and no list of deadly ones belongs to the model."""
    versions: dict[str, str] = {}


class Outputs(_Frozen):
    """Tensor names in the graph."""

    logits: str
    """Unscaled class scores, shape (batch, classes)."""
    class_activation: str | None = None
    """Spatial features times the head's weights, shape (1, h, w, classes): the mean over h and w plus the head's bias
    equals the logits. None when the graph has no such node."""
    features: str | None = None
    """What enters the head, shape (1, features), for the file `familiarity`. None when the graph has no such node."""


class SelfTest(_Frozen):
    """A bundled photo and the answer that the phone must reproduce before the app says "ready"."""

    photo: str
    """Path in the bundle."""
    scores: tuple[float, ...]
    """Calibrated scores of the Keras model, one per class."""
    tolerance: float = Field(gt=0, lt=MAX_TOLERANCE)
    """Largest difference allowed for any score."""


class Manifest(_Frozen):
    """The model definition. `id` is the hash of everything else."""

    format: Literal[4]
    id: str = Field(pattern=r"^[0-9a-f]{16}$")
    name: str = Field(min_length=1, max_length=100)
    input: InputSpec
    outputs: Outputs
    classes: tuple[ModelClass, ...] = Field(min_length=1)
    temperature: float = Field(gt=0)
    thresholds: Thresholds
    fusion: Fusion
    priors: PriorsRecord | None = None
    """Place and season priors, whose numbers lie in a file; null when the model has none, or none that help."""
    outside: tuple[OutsideTaxon, ...] = ()
    """What is known of species that are no classes: look-alikes, and deadly ones that the model has never seen."""
    files: tuple[BundleFile, ...]
    metrics: Metrics
    provenance: Provenance
    self_test: SelfTest

    @model_validator(mode="after")
    def _consistent(self) -> Manifest:
        names = [item.scientific_name for item in self.classes]
        paths = {item.path: item for item in self.files}
        if len(set(names)) != len(names):
            raise ValueError("two classes share a scientific name")
        if len(paths) != len(self.files):
            raise ValueError("two files share a path")
        if len(self.self_test.scores) != len(self.classes):
            raise ValueError("the self-test has another number of scores than there are classes")
        if self.self_test.photo not in paths:
            raise ValueError(f"not listed in files: {self.self_test.photo}")
        _check_thumbnails(self.classes, paths)
        roles = [item.role for item in self.files]
        if roles.count("graph") != 1:
            raise ValueError("exactly one file has the role graph")
        if not (self.thresholds.unknown is None) == (self.outputs.features is None) == (not roles.count("familiarity")):
            raise ValueError("an unknown threshold, the output features and the file familiarity come together")
        if roles.count("familiarity") > 1:
            raise ValueError("at most one file has the role familiarity")
        stated = [self.priors.path] if self.priors else []
        if [item.path for item in self.files if item.role == "priors"] != stated:
            raise ValueError("the file with the role priors is the one that the priors name")
        if any(item.bytes > MAX_SHARD_BYTES for item in self.files if item.role in ("backbone", "head", "thumbnail")):
            raise ValueError("a weight shard or a pack of photos is larger than 4 MiB")
        both = {item.scientific_name for item in self.outside}.intersection(names)
        if both:
            raise ValueError(f"classes of the model are listed as outside: {', '.join(sorted(both))}")
        if self.id != content_id(self._content()):
            raise ValueError("the id is not the hash of the content")
        _check_deadly(self.provenance, self.classes)
        return self

    def taxa(self) -> Taxa:
        """The classes as the decision rule sees them, in output order; made anew at each call, so keep them."""
        return Taxa(item.taxon() for item in self.classes)

    def photo_credits(self) -> dict[str, list[str]]:
        """Licence to the authors of the reference photos under it, both sorted."""
        photos = [photo for item in self.classes for photo in item.thumbnails]
        licences = sorted({photo.licence for photo in photos})
        return {name: sorted({photo.author for photo in photos if photo.licence == name}) for name in licences}

    def to_json(self) -> bytes:
        """The file's bytes: canonical JSON."""
        return canonical_json(self._content())

    def _content(self) -> dict[str, Any]:
        # Keys that an earlier version did not know stay away: its bundles keep their id and their bytes.
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _check_thumbnails(classes: tuple[ModelClass, ...], files: dict[str, BundleFile]) -> None:
    for item in classes:
        for photo in item.thumbnails:
            pack = files.get(photo.pack)
            if pack is None or pack.role != "thumbnail":
                raise ValueError(f"not listed in files as photos: {photo.pack}")
            if photo.offset + photo.length > pack.bytes:
                raise ValueError(
                    f"{item.scientific_name}: a photo at {photo.offset} of {photo.length} bytes in {photo.pack}, which "
                    f"has {pack.bytes}"
                )


def _check_deadly(provenance: Provenance, classes: tuple[ModelClass, ...]) -> None:
    known = {item.scientific_name for item in classes}
    seen = sum(item.toxicity == "deadly" for item in classes)
    table, unseen = provenance.deadly_table, provenance.never_seen
    if known.intersection(unseen):
        raise ValueError("a class of the model is listed as never seen")
    if table and not 0 <= table.n_deadly - len(unseen) <= seen:
        raise ValueError(
            f"of {table.n_deadly} deadly species in the table {table.name}, {len(unseen)} are listed as never seen and "
            f"{seen} are classes"
        )
    if provenance.not_fungi and any(item.taxonomy.kingdom == "Fungi" for item in classes):
        raise ValueError("a model that is declared not to be of fungi has fungi among its classes")


def content_id(content: dict[str, Any]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a manifest's canonical JSON without its `id`."""
    rest = {key: value for key, value in content.items() if key != "id"}
    return sha256_bytes(canonical_json(rest))[:16]


def make_manifest(**content: Any) -> Manifest:
    """Build a manifest and give it its id. Keys as in `Manifest`, without `format` and `id`.

    Raises:
        pydantic.ValidationError: a part breaks a rule of the schema.
    """
    draft = Manifest.model_construct(format=FORMAT, id="0" * 16, **content)
    dumped = draft.model_dump(mode="json", by_alias=True)
    return Manifest.model_validate({**dumped, "id": content_id(dumped)})
