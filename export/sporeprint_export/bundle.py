"""Reading a bundle: nothing in it is trusted before its length and hash agree with the manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from sporeprint_export.manifest import BundleFile, Manifest
from sporeprint_export.thumbnail_packs import is_photo
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.errors import BadInput
from sporeprint_training.priors.file import Priors, parse_priors

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Bundle:
    """A checked bundle."""

    folder: Path
    manifest: Manifest

    def read(self, file: BundleFile) -> bytes:
        """The bytes of one file, checked again at the moment of reading.

        Raises:
            BadInput: the file is missing, or its length or hash differs from the manifest.
        """
        path = self.folder / file.path
        try:
            # A link could lead outside the folder whatever its name says, and so could one of its folders.
            data = path.read_bytes() if path.resolve() == self.folder.resolve() / file.path else None
        except OSError:
            data = None
        if data is None:
            raise BadInput(
                "Every file that the manifest lists is an ordinary file in the bundle",
                received=f"{file.path} missing in {self.folder}",
                next_step="Run `sporeprint export` again",
            )
        if len(data) != file.bytes or sha256_bytes(data) != file.sha256:
            raise BadInput(
                "Every file of a bundle has the length and SHA-256 that its manifest states",
                received=f"{file.path} with {len(data)} bytes and SHA-256 {sha256_bytes(data)[:12]}…, "
                f"stated {file.bytes} bytes and {file.sha256[:12]}…",
                next_step="Run `sporeprint export` again; do not edit a bundle by hand",
            )
        return data


def read_bundle(folder: Path) -> Bundle:
    """Read and check a bundle.

    Checked are the manifest's schema and id, every file's length and hash, the graph, the reference photos and the
    priors.

    Raises:
        BadInput: no manifest, a manifest of another format, a file that differs from it, or a graph with another
            number of classes.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise BadInput(
            "A bundle is a folder with a manifest.json",
            received=str(folder),
            next_step="Make one with `sporeprint export runs/ID --out bundle/`",
        )
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the manifest"
        raise BadInput(
            "manifest.json follows the schema of this version of Sporeprint",
            received=f"{path}: {where}: {first['msg']}",
            next_step="Export the run again with this version",
        ) from None
    bundle = Bundle(folder, manifest)
    for file in manifest.files:
        bundle.read(file)
    _check_classes(bundle)
    _check_thumbnails(bundle)
    read_priors(bundle)
    return bundle


def read_priors(bundle: Bundle) -> Priors | None:
    """The place and season priors of a bundle; None when it has none.

    Raises:
        BadInput: the file is not what the manifest describes.
    """
    manifest = bundle.manifest
    if manifest.priors is None:
        return None
    file = next(file for file in manifest.files if file.role == "priors")
    try:
        return parse_priors(bundle.read(file), manifest.priors, len(manifest.classes))
    except ValueError as error:
        raise BadInput(
            "The priors of a bundle are those that its manifest describes",
            received=f"{bundle.folder / file.path}: {error}",
            next_step="Run `sporeprint export` again; do not edit a bundle by hand",
        ) from None


def _check_thumbnails(bundle: Bundle) -> None:
    """Refuse a reference photo whose bytes are no picture's."""
    packs = {file.path: bundle.read(file) for file in bundle.manifest.files if file.role == "thumbnail"}
    for item in bundle.manifest.classes:
        for photo in item.thumbnails:
            if not is_photo(packs[photo.pack][photo.offset : photo.offset + photo.length]):
                raise BadInput(
                    "A reference photo of a bundle is a JPEG or a PNG",
                    received=f"{item.scientific_name}: {photo.length} bytes at {photo.offset} in "
                    f"{bundle.folder / photo.pack}",
                    next_step="Run `sporeprint export` again; do not edit a bundle by hand",
                )


def _check_classes(bundle: Bundle) -> None:
    """Refuse a graph that states another number of logits than the manifest has classes; it need not state any."""
    manifest = bundle.manifest
    graph = next(file for file in manifest.files if file.role == "graph")
    try:
        outputs = json.loads(bundle.read(graph)).get("signature", {}).get("outputs", {}).values()
        logits = [output for output in outputs if output["name"].partition(":")[0] == manifest.outputs.logits]
        stated = [int(output["tensorShape"]["dim"][-1]["size"]) for output in logits]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise BadInput(
            "The graph of a bundle is tensorflowjs' model.json",
            received=f"{bundle.folder / graph.path}",
            next_step="Run `sporeprint export` again; do not edit a bundle by hand",
        ) from None
    if any(count != len(manifest.classes) for count in stated):
        raise BadInput(
            "A model has one class for every logit",
            received=f"{stated[0]} logits and {len(manifest.classes)} classes in {bundle.folder}",
            next_step="Run `sporeprint export` again; do not edit a bundle by hand",
        )
