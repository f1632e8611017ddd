"""The graph as files: model.json, and weights in shards that are named by their hash.

The head's weights lie in shards of their own, so that a phone that has the backbone downloads only the head after a
retraining. Any tensorflowjs client can read the result with `loadGraphModel`, unless it holds rounded weights.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from numpy.typing import NDArray

from sporeprint_export.canonical import head_weights
from sporeprint_export.codec import EncodedWeight, decode, encode, encode_rounded, encoded_bytes
from sporeprint_export.convert import ConvertedGraph
from sporeprint_export.freeze import INPUT, OUTPUT
from sporeprint_export.manifest import MAX_SHARD_BYTES, Precision
from sporeprint_export.rounding import Rounded
from sporeprint_training.artefact import sha256_bytes


@dataclass(frozen=True)
class GraphFiles:
    """What `model.json` and the weights come to; shards by their path beside `model.json`."""

    model_json: bytes
    backbone: dict[str, bytes]
    head: dict[str, bytes]


def write_graph(
    graph: ConvertedGraph,
    precision: Precision,
    *,
    size: int,
    classes: int,
    rounded: Mapping[str, Rounded] = MappingProxyType({}),
) -> GraphFiles:
    """Encode a canonical graph.

    Args:
        graph: from `canonical`.
        precision: of the large float32 tensors; see `codec.encode`.
        rounded: tensors that are stored as whole numbers instead, by name; see `codec.encode_rounded`.
        size: side of the input, pixels.
        classes: number of logits.

    Raises:
        StepFailed: a weight that the precision cannot hold.
    """
    head = head_weights(graph)
    backbone = {name: value for name, value in graph.weights.items() if name not in head}

    def encoded(name: str, value: NDArray[Any]) -> EncodedWeight:
        return encode_rounded(rounded[name]) if name in rounded else encode(name, value, precision)

    backbone_group, backbone_shards = _group(backbone, encoded)
    head_group, head_shards = _group(head, encoded)
    content = {
        "format": "graph-model",
        **graph.versions,
        "signature": _signature(size, classes),
        "modelTopology": {"node": graph.nodes, "versions": {"producer": graph.producer}},
        "weightsManifest": [group for group in (backbone_group, head_group) if group["weights"]],
    }
    new = {path: data for path, data in head_shards.items() if path not in backbone_shards}
    return GraphFiles(_compact_json(content), backbone_shards, new)


def _compact_json(content: Any) -> bytes:
    # Not indented like the other artefacts: phones download it, and a person reads the manifest instead.
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _signature(size: int, classes: int) -> dict[str, Any]:
    def tensor(name: str, *shape: int) -> dict[str, Any]:
        dimensions = [{"size": str(length)} for length in shape]
        return {"name": f"{name}:0", "dtype": "DT_FLOAT", "tensorShape": {"dim": dimensions}}

    return {"inputs": {INPUT: tensor(INPUT, 1, size, size, 3)}, "outputs": {OUTPUT: tensor(OUTPUT, 1, classes)}}


def _group(
    weights: dict[str, NDArray[Any]], encoding: Callable[[str, NDArray[Any]], EncodedWeight]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    entries, parts = [], []
    for name, value in weights.items():
        encoded = encoding(name, value)
        entry: dict[str, Any] = {"name": name, "shape": list(value.shape), "dtype": str(value.dtype)}
        entries.append({**entry, "quantization": encoded.quantization} if encoded.quantization else entry)
        parts.append(encoded.data)
    shards = list(_cut(b"".join(parts)))
    paths = [f"weights/{sha256_bytes(shard)[:32]}.bin" for shard in shards]
    return {"paths": paths, "weights": entries}, dict(zip(paths, shards, strict=True))


def _cut(data: bytes) -> Iterable[bytes]:
    for start in range(0, len(data), MAX_SHARD_BYTES):
        yield data[start : start + MAX_SHARD_BYTES]


def read_graph(model_json: bytes, read_shard: Callable[[str], bytes]) -> ConvertedGraph:
    """What `write_graph` wrote, with the values that the browser will compute with.

    Args:
        model_json: content of model.json.
        read_shard: gives the bytes of a path beside it.
    """
    content = json.loads(model_json)
    weights: dict[str, NDArray[Any]] = {}
    for group in content["weightsManifest"]:
        data = b"".join(read_shard(path) for path in group["paths"])
        offset = 0
        for entry in group["weights"]:
            length = encoded_bytes(entry)
            weights[entry["name"]] = decode(entry, data[offset : offset + length])
            offset += length
    topology = content["modelTopology"]
    versions = {key: content[key] for key in ("generatedBy", "convertedBy") if key in content}
    return ConvertedGraph(topology["node"], weights, topology["versions"]["producer"], versions)
