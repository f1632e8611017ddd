"""Finding a backbone's weights: a local copy first, the network only when asked for and within seconds."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sporeprint_training.artefact import canonical_json, sha256_bytes, sha256_file
from sporeprint_training.backbone_registry import Entry, lookup
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.errors import BadInput, StepFailed

MIRROR = "SPOREPRINT_WEIGHTS"
"""Environment variable: a folder that is looked in before the network."""
TIMEOUT_SECONDS = 5.0
SAVED_MODEL = "saved_model.pb"


@dataclass(frozen=True)
class WeightsSource:
    """Where a backbone's weights come from."""

    kind: Literal["none", "file", "saved_model", "download", "hub"]
    location: str
    """Path for `file` and `saved_model`, URL or handle for `download` and `hub`, empty for `none`."""
    sha256: str
    """Of the local file or folder; of the URL or handle, which names fixed content, before a download."""


def find_weights(model: ModelConfig) -> WeightsSource:
    """Decide where the weights come from; reads local files to hash them, never the network.

    Raises:
        BadInput: the backbone cannot take what `model.weights` names.
    """
    entry = lookup(model.base)
    if entry.kind == "hub":
        return _find_hub(entry, model.weights)
    wanted = model.weights or _default(entry)
    if entry.kind == "file":
        return _local_file(entry, wanted, (".keras",), "a .keras file")
    if wanted.lower() == "none":
        return WeightsSource("none", "", "")
    if wanted.lower() == "imagenet":
        return _find_published(entry)
    return _local_file(entry, wanted, (".h5",), "a .weights.h5 or .h5 file, `imagenet` or `none`")


def _default(entry: Entry) -> str:
    if entry.published is None or entry.published.location:
        return "imagenet" if entry.published else "none"
    return str(find_local(entry) or "none")


def _local_file(entry: Entry, wanted: str, suffixes: tuple[str, ...], kinds: str) -> WeightsSource:
    path = Path(wanted)
    if not path.is_file() or path.suffix not in suffixes:
        raise BadInput(
            f"Weights of {entry.name} are {kinds}",
            received=wanted + ("" if path.exists() else ", which does not exist"),
            next_step="Name such a file with --weights",
        )
    return WeightsSource("file", str(path), sha256_file(path))


def _find_hub(entry: Entry, wanted: str | None) -> WeightsSource:
    if wanted is None and entry.published:
        local = find_local(entry)
        return _saved_model(local) if local else _named("hub", entry.published.location)
    if wanted and "://" in wanted:
        return _named("hub", wanted)
    if wanted and (Path(wanted) / SAVED_MODEL).is_file():
        return _saved_model(Path(wanted))
    raise BadInput(
        f"{entry.name} takes its weights from a SavedModel folder or a TensorFlow Hub handle",
        received=f"model.weights = {wanted!r}",
        next_step="Name a folder that holds a saved_model.pb, or a handle such as https://tfhub.dev/…, with --weights",
    )


def _find_published(entry: Entry) -> WeightsSource:
    if entry.published is None or not entry.published.location:
        raise BadInput(
            f"{entry.name} is not published with ImageNet weights",
            received="model.weights = imagenet",
            next_step="Leave model.weights out, or name a .weights.h5 file",
        )
    local = find_local(entry)
    if local:
        return WeightsSource("file", str(local), sha256_file(local))
    return _named("download", entry.published.location)


def find_local(entry: Entry) -> Path | None:
    """A backbone's weights in the mirror folder; None where there are none, or no mirror."""
    folder = os.environ.get(MIRROR)
    names = entry.published.names if entry.published else ()
    candidates = [Path(folder) / name for name in names] if folder else []
    return next((path for path in candidates if path.is_file() or (path / SAVED_MODEL).is_file()), None)


def keras_cache(url: str) -> Path:
    """Where Keras keeps, or will keep, what it downloaded from a URL; it tells nobody."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return home / "models" / url.rpartition("/")[2]


def _named(kind: Literal["download", "hub"], location: str) -> WeightsSource:
    return WeightsSource(kind, location, sha256_bytes(location.encode()))


def _saved_model(folder: Path) -> WeightsSource:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}
    return WeightsSource("saved_model", str(folder), sha256_bytes(canonical_json(content)))


def require_reachable(source: WeightsSource, base: str) -> None:
    """Ask the server for a sign of life, so that a machine without a network hears so at once.

    Raises:
        StepFailed: no answer within seconds.
    """
    request = urllib.request.Request(source.location, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS).close()
    except urllib.error.HTTPError:
        return  # an answer, whatever it says: the download itself judges
    except (OSError, ValueError) as error:
        raise unreachable(source, base, str(error)) from None


def unreachable(source: WeightsSource, base: str, reason: str) -> StepFailed:
    """The error for weights that could not be fetched, with the ways around it."""
    local = "a SavedModel FOLDER" if source.kind == "hub" else "a .weights.h5 FILE"
    others = "mobilenet_v2 or compact" if source.kind == "hub" else "compact"
    return StepFailed(
        f"The weights of {base} can be fetched",
        received=f"{source.location}: {reason}",
        next_step=f"Name {local} with --weights, set {MIRROR} to a folder of local copies, "
        f"or choose another backbone ({others}) with --backbone",
    )
