"""The class activation map: where the logits come from, out of the same weights, and free unless asked for."""

import base64
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from frozen_graph import frozen_graph
from sporeprint_export.activation import ACTIVATION, add_class_activation
from sporeprint_export.browser_ops import check_ops
from sporeprint_export.canonical import canonical, head_weights
from sporeprint_export.convert import convert
from sporeprint_export.fold import fold
from sporeprint_export.freeze import freeze
from sporeprint_export.replay import prune, replay
from sporeprint_export.shards import write_graph
from sporeprint_training.backbones import build_backbone
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.models import assemble, build_head
from sporeprint_training.weights import find_weights

ROOT = Path(__file__).parents[2]


def with_activation(graph):
    found = add_class_activation(graph)
    assert found is not None
    return found


def bias_of(graph):
    """The head's bias; the converter leaves a bias of zeros out."""
    vectors = [value for value in head_weights(graph).values() if value.ndim == 1]
    return vectors[0] if vectors else np.float32(0)


def assert_explains_the_logits(graph, images, shape):
    """Mean over the places plus bias is the logits, to 1e-5 of what is added up."""
    logits, maps = replay(graph, images), replay(graph, images, output=ACTIVATION)
    assert maps.shape == (len(images), *shape)
    assert np.ptp(maps, axis=(1, 2)).max() > 1e-2, "places differ"
    limit = 1e-5 * float(np.abs(maps).max() + np.abs(logits).max())
    np.testing.assert_allclose(maps.mean(axis=(1, 2)) + bias_of(graph), logits, rtol=0, atol=limit)


def test_its_mean_and_the_bias_are_the_logits(graph, images):
    assert_explains_the_logits(with_activation(graph), images, (6, 6, 4))


def test_the_logits_and_everything_they_need_stay_as_they_were(graph, images):
    found = with_activation(graph)
    assert found.nodes[: len(graph.nodes)] == graph.nodes
    assert canonical(found).nodes == graph.nodes
    np.testing.assert_array_equal(replay(found, images), replay(graph, images))


def test_asking_for_the_logits_computes_nothing_of_it(graph):
    found = with_activation(graph)
    operations = [operation.name for operation in prune(found, "logits").graph.get_operations()]
    assert operations
    assert not [name for name in operations if name.startswith(ACTIVATION)]


def test_it_adds_no_weights_but_two_small_shapes_to_the_backbone(graph):
    before = write_graph(graph, "float32", size=32, classes=4)
    after = write_graph(with_activation(graph), "float32", size=32, classes=4)
    assert after.head == before.head
    added = sum(map(len, after.backbone.values())) - sum(map(len, before.backbone.values()))
    assert added == 4 * (2 + 4)


def test_a_head_of_another_size_leaves_the_backbones_bytes_as_they_are(make_network):
    def backbone(classes):
        graph = with_activation(frozen_graph(make_network(classes=classes)))
        return write_graph(graph, "float32", size=32, classes=classes).backbone

    assert backbone(4) == backbone(9)


def test_the_browser_has_its_operations(graph):
    check_ops((node["name"], node["op"]) for node in with_activation(graph).nodes)


def network(end, size=32):
    """A convolution and whatever `end` makes of its 15 x 15 places; the head's bias is not zero."""
    image = keras.Input((size, size, 3), name="image")
    keras.utils.set_random_seed(0)
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(image)
    x = keras.layers.Conv2D(8, 3, strides=2, activation="relu")(x)
    return keras.Model(image, end(x))


def dense(units=5, **options):
    return keras.layers.Dense(units, bias_initializer="random_normal", **options)


POOLS = {
    "mean_and_squeeze": lambda x: keras.ops.squeeze(keras.ops.mean(x, (1, 2), keepdims=True), (1, 2)),
    "mean_and_flatten": lambda x: keras.layers.Flatten()(keras.ops.mean(x, (1, 2), keepdims=True)),
    "negative_axes": lambda x: keras.ops.mean(x, (-2, -3)),
    "average_pool": lambda x: keras.layers.Flatten()(keras.layers.AveragePooling2D(15)(x)),
}


@pytest.mark.parametrize("pool", POOLS)
def test_every_way_of_writing_the_global_pool_is_found(pool, images):
    graph = with_activation(frozen_graph(network(lambda x: dense()(POOLS[pool](x)))))
    assert_explains_the_logits(graph, images, (15, 15, 5))


def test_a_factorised_head_is_followed_through_both_products(images):
    def end(x):
        return dense()(dense(3, use_bias=False)(keras.layers.GlobalAveragePooling2D()(x)))

    graph = frozen_graph(network(end))
    assert sorted(value.shape for value in head_weights(graph).values()) == [(3, 5), (5,), (8, 3)]
    assert_explains_the_logits(with_activation(graph), images, (15, 15, 5))


OTHERS = {
    "flattened_map": lambda x: dense()(keras.layers.Flatten()(x)),
    "largest_instead_of_mean": lambda x: dense()(keras.layers.GlobalMaxPooling2D()(x)),
    "mean_over_one_side": lambda x: dense()(keras.layers.Flatten()(keras.ops.mean(x, 1))),
    "part_of_the_map": lambda x: dense()(keras.layers.Flatten()(keras.layers.AveragePooling2D(14)(x))),
    "hidden_layer": lambda x: dense()(dense(6, activation="relu")(keras.layers.GlobalAveragePooling2D()(x))),
    "hidden_layer_with_bias": lambda x: dense()(dense(6)(keras.layers.GlobalAveragePooling2D()(x))),
    "activation_after_the_head": lambda x: dense(activation="relu")(keras.layers.GlobalAveragePooling2D()(x)),
    "scaled_after_the_pool": lambda x: dense()(3.0 * keras.layers.GlobalAveragePooling2D()(x)),
    "no_matrix_product": lambda x: keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(5, 1)(x)),
}


@pytest.mark.parametrize("end", OTHERS)
def test_a_network_that_ends_otherwise_has_none(end):
    assert add_class_activation(frozen_graph(network(OTHERS[end]))) is None


def test_a_head_with_a_fused_activation_has_none(graph):
    steps = [base64.b64encode(step).decode() for step in (b"BiasAdd", b"Relu")]
    changed = {"fused_ops": {"list": {"s": steps}}}
    nodes = [
        {**node, "attr": {**node["attr"], **changed}} if node["op"] == "_FusedMatMul" else node for node in graph.nodes
    ]
    assert add_class_activation(replace(graph, nodes=nodes)) is None


BROWSER_RUNTIME = """
const { createRequire } = require("node:module");
const from = createRequire(process.argv[1] + "/");
const tf = from("@tensorflow/tfjs-core");
from("@tensorflow/tfjs-backend-cpu");
const { loadGraphModel } = from("@tensorflow/tfjs-converter");
const { model, weights, image, size } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const content = JSON.parse(model);
const bytes = Buffer.from(weights, "base64");
const load = async () => ({
  modelTopology: content.modelTopology,
  signature: content.signature,
  weightSpecs: content.weightsManifest.flatMap((group) => group.weights),
  weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
});
(async () => {
  await tf.setBackend("cpu");
  const loaded = await loadGraphModel({ load });
  const input = tf.tensor(image, [1, size, size, 3]);
  const answers = {};
  for (const output of ["logits", "class_activation"]) {
    let result;
    const { kernels } = await tf.profile(() => (result = loaded.execute(input, output)));
    answers[output] = { values: [...result.dataSync()], shape: result.shape, kernels: kernels.map((k) => k.name) };
  }
  console.log(JSON.stringify(answers));
})();
"""


@pytest.mark.slow
def test_tfjs_gives_the_same_map_and_computes_it_only_when_asked(graph, images):
    node = shutil.which("node")
    if node is None or not (ROOT / "site" / "node_modules").is_dir():
        pytest.skip("tfjs of the browser bundle is not installed")
    found = with_activation(graph)
    files = write_graph(found, "float32", size=32, classes=4)
    weights = b"".join([*files.backbone.values(), *files.head.values()])
    request = {
        "model": files.model_json.decode(),
        "weights": base64.b64encode(weights).decode(),
        "image": images[0].reshape(-1).tolist(),
        "size": 32,
    }
    done = subprocess.run(
        [node, "-e", BROWSER_RUNTIME, ROOT / "site"],
        input=json.dumps(request), capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    answers = json.loads(done.stdout.splitlines()[-1])
    assert answers["class_activation"]["shape"] == [1, 6, 6, 4]
    expected = replay(found, images[:1], output=ACTIVATION)
    np.testing.assert_allclose(answers["class_activation"]["values"], expected.reshape(-1), atol=1e-4)
    np.testing.assert_allclose(answers["logits"]["values"], replay(found, images[:1])[0], atol=1e-4)
    assert "BatchMatMul" in answers["class_activation"]["kernels"]
    assert "_FusedMatMul" not in answers["class_activation"]["kernels"]
    assert "BatchMatMul" not in answers["logits"]["kernels"]


def whole_model(base, weights, classes=7, size=None):
    config = ModelConfig.model_validate({"base": base, "weights": weights})
    backbone = build_backbone(config, find_weights(config), size)
    keras.utils.set_random_seed(0)
    model = assemble(backbone, build_head(backbone.model.output_shape[1], classes, 0.2))
    model.get_layer("head_logits").bias.assign(np.linspace(-1, 1, classes))
    return model


def assert_converted_model_explains_itself(model, images, places):
    graph = with_activation(canonical(convert(fold(freeze(model)))))
    assert_explains_the_logits(graph, images, (places, places, model.output_shape[1]))
    assert len(head_weights(graph)) == 2
    logits = model.predict_on_batch(images.astype(np.float32))
    np.testing.assert_allclose(replay(graph, images), logits, rtol=1e-3, atol=1e-3 * np.abs(logits).max())


def photos(real_data, count, size=224):
    folders = sorted((real_data / "fungi20").iterdir())[:count]
    return np.stack([read_input(next(iter(sorted(folder.glob("*.jpg")))), InputSpec(size=size)) for folder in folders])


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.usefixtures("convert_at_once")
def test_mobilenet_with_its_real_weights(real_data):
    weights = real_data / "weights" / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5"
    model = whole_model("mobilenet_v2", str(weights))
    assert_converted_model_explains_itself(model, photos(real_data, 3), 7)


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.usefixtures("convert_at_once")
def test_a_hub_module(real_data):
    weights = real_data / "weights" / "hub_inat_insect_mobilenet_v2"
    model = whole_model("inception_v3_inaturalist", str(weights))
    assert_converted_model_explains_itself(model, photos(real_data, 3), 7)


@pytest.mark.slow
@pytest.mark.usefixtures("convert_at_once")
def test_resnet50(images):
    large = images.repeat(3, axis=1).repeat(3, axis=2)[:2]
    assert_converted_model_explains_itself(whole_model("resnet50", "none", size=96), large, 3)


@pytest.mark.slow
@pytest.mark.usefixtures("convert_at_once")
def test_compact(images, randomise):
    model = whole_model("compact", "none")
    # As it starts, every layer makes the values smaller: places would differ by rounding only.
    randomise(model, 0)
    assert_converted_model_explains_itself(model, images.repeat(4, axis=1).repeat(4, axis=2), 8)
