"""What is known of every backbone, without building one: no module here imports Keras or TensorFlow.

A configuration names a backbone in any case, with or without hyphens and underscores. Besides the table's own names it
may say `keras.applications.NAME`; those that Keras has and this table does not are in `keras_factories`.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from sporeprint_training.keras_factories import FACTORIES, KERAS_WEIGHTS, REFUSED

Kind = Literal["application", "own", "hub", "file"]
"""A factory of `keras.applications`, a network written here, a SavedModel, or a `.keras` file."""
Values = Literal["minus_one_to_one", "zero_to_one", "caffe_bgr", "imagenet_statistics", "inside", "as_published"]
"""What the network expects in place of RGB from 0 to 255. `caffe_bgr`: BGR less the mean of ImageNet;
`imagenet_statistics`: 0 to 1 less the mean, divided by the deviation; `inside`: the published network begins with its
scaling; `as_published`: whatever its own `preprocess_input` does. All of it becomes part of the graph."""
PREFIX = "keras.applications."


@dataclass(frozen=True)
class Published:
    """What a backbone is published with."""

    location: str
    """URL or hub handle; empty where only a copy of one's own may be in the mirror."""
    names: tuple[str, ...]
    """Names under which a local copy is looked for in the mirror."""


@dataclass(frozen=True)
class Entry:
    """One backbone."""

    name: str
    """As the configuration keeps it."""
    kind: Kind
    published: Published | None
    """None where nothing is: `none` then means that it learns from scratch."""
    size: int
    """Side of the input, pixels, where neither the configuration nor a module says."""
    values: Values
    licence: str
    """Of the published weights, as their authors state it; empty where there are none or they are the user's own."""
    parameters: int | None = None
    """Of the network without its top; None where they depend on what the user names."""
    mb_float32: float | None = None
    """Size of the bundle's graph and weights with a head of four classes, megabytes; see `benchmarks/backbones`."""
    mb_int8: float | None = None
    note: str = ""
    """What it is good for, and what is known to fail in the browser."""
    factory: str = ""
    """Its name in `keras.applications`."""


def _application(
    name: str, factory: str, values: Values, licence: str, *, names: tuple[str, ...] = (), **known: Any
) -> Entry:
    size, url = FACTORIES[factory]
    published = Published(url, _copies(url, name, names))
    return Entry(name, "application", published, size, values, licence, factory=factory, **known)


def _copies(url: str, name: str, others: tuple[str, ...] = ()) -> tuple[str, ...]:
    return (url.rpartition("/")[2], *others, f"{name}.weights.h5", f"{name}.h5")


_ENTRIES = (
    Entry(
        "inception_v3_inaturalist", "hub",
        Published("https://tfhub.dev/google/inaturalist/inception_v3/feature_vector/5", ("inception_v3_inaturalist",)),
        299, "zero_to_one", "Apache-2.0", parameters=21_802_784,
        note="trained on 5,089 species of iNaturalist 2017, fungi among them; a module is one piece: it is fine-tuned "
        "as a whole or not at all",
    ),
    _application(
        "mobilenet_v2", "MobileNetV2", "minus_one_to_one", "Apache-2.0",
        names=("mobilenet_v2_1.0_224_imagenet_notop.weights.h5",),
        parameters=2_257_984, mb_float32=8.9, mb_int8=2.4,
        note="the fastest pretrained one",
    ),
    _application(
        "inception_v3", "InceptionV3", "minus_one_to_one", "Apache-2.0",
        parameters=21_802_784, mb_float32=87.2,
    ),
    _application("xception", "Xception", "minus_one_to_one", "MIT", parameters=20_861_480, mb_float32=83.2),
    _application("resnet50", "ResNet50", "caffe_bgr", "MIT", parameters=23_587_712, mb_float32=94.0),
    _application("resnet101", "ResNet101", "caffe_bgr", "MIT", parameters=42_658_176, mb_float32=169.9),
    _application(
        "inception_resnet_v2", "InceptionResNetV2", "minus_one_to_one", "Apache-2.0",
        parameters=54_336_736, mb_float32=217.3,
    ),
    _application(
        "efficientnet_v2_b0", "EfficientNetV2B0", "inside", "Apache-2.0",
        parameters=5_919_312, mb_float32=23.4,
    ),
    _application(
        "efficientnet_v2_b1", "EfficientNetV2B1", "inside", "Apache-2.0",
        parameters=6_931_124, mb_float32=27.4,
    ),
    _application(
        "efficientnet_v2_b2", "EfficientNetV2B2", "inside", "Apache-2.0",
        parameters=8_769_374, mb_float32=34.7,
    ),
    _application(
        "efficientnet_v2_b3", "EfficientNetV2B3", "inside", "Apache-2.0",
        parameters=12_930_622, mb_float32=51.2,
    ),
    _application(
        "efficientnet_v2_s", "EfficientNetV2S", "inside", "Apache-2.0",
        parameters=20_331_360, mb_float32=80.6,
    ),
    _application(
        "efficientnet_v2_m", "EfficientNetV2M", "inside", "Apache-2.0",
        parameters=53_150_388, mb_float32=211.1,
    ),
    Entry(
        "resnet18", "own", Published("", ("resnet18.weights.h5", "resnet18.h5")), 224, "imagenet_statistics", "",
        parameters=11_186_112, mb_float32=44.7,
        note="Keras publishes no weights of it: a file of one's own, or from scratch",
    ),
    Entry(
        "compact", "own", None, 128, "inside", "", parameters=98_000, mb_float32=0.4, mb_int8=0.1,
        note="learns from scratch within minutes on two cores",
    ),
    Entry(
        "hub", "hub", None, 224, "zero_to_one", "",
        note="any TensorFlow Hub image feature vector, named by model.weights; a module is one piece: it is "
        "fine-tuned as a whole or not at all",
    ),
    Entry(
        "keras", "file", None, 224, "inside", "",
        note="a .keras file of one's own, named by model.weights, that takes RGB from 0 to 255: its scaling is part "
        "of it",
    ),
)  # fmt: skip
REGISTRY: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}
"""The backbones by name."""
ALIASES = {"efficientnet_v2": "efficientnet_v2_b0", "inception_v3_inat": "inception_v3_inaturalist"}
"""Other names, in the spelling of `REGISTRY`."""


def _spelt(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


_BY_FACTORY = {entry.factory: entry.name for entry in _ENTRIES if entry.factory}
_NAMES = {_spelt(name): name for name in REGISTRY}
_NAMES |= {_spelt(alias): name for alias, name in ALIASES.items()}
_NAMES |= {_spelt(PREFIX + factory): _BY_FACTORY.get(factory, PREFIX + factory) for factory in FACTORIES}


def canonical_name(name: str) -> str:
    """The one spelling of a backbone's name that is kept.

    Raises:
        ValueError: there is no such backbone, with the nearest name; or it is known not to work, with the reason.
    """
    found = _NAMES.get(_spelt(name))
    if found:
        return found
    reason = next((why for prefix, why in REFUSED.items() if _spelt(name).startswith(_spelt(PREFIX + prefix))), None)
    if reason:
        raise ValueError(f"not offered, because {reason}")
    near = difflib.get_close_matches(_spelt(name), _NAMES, 1, 0.0)[0]
    raise ValueError(f"there is no such backbone, the nearest is {_NAMES[near]}; `sporeprint backbones` lists them")


def _checked(value: Any) -> Any:
    return canonical_name(value) if isinstance(value, str) else value


BackboneName = Annotated[str, BeforeValidator(_checked)]
"""The type of a configuration's key that names a backbone."""


def lookup(name: str) -> Entry:
    """The entry of a canonical name, also of one that is only in `keras.applications`."""
    if name in REGISTRY:
        return REGISTRY[name]
    factory = name.removeprefix(PREFIX)
    size, url = FACTORIES[factory]
    own = _copies(url, factory)
    return Entry(name, "application", Published(url, own), size, "as_published", KERAS_WEIGHTS, factory=factory)
