"""The factories of `keras.applications`: input size and published weights, without importing Keras (3.15)."""

from __future__ import annotations

_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"
_FILE = "weights_tf_dim_ordering_tf_kernels"
KERAS_WEIGHTS = "as stated by keras.io for this network"

FACTORIES: dict[str, tuple[int, str]] = {
    **{
        f"ConvNeXt{name}": (224, f"{_KERAS}/convnext/convnext_{name.lower()}_notop.h5")
        for name in ("Tiny", "Small", "Base", "Large", "XLarge")
    },
    **{f"DenseNet{depth}": (224, f"{_KERAS}/densenet/densenet{depth}_{_FILE}_notop.h5") for depth in (121, 169, 201)},
    **{
        f"EfficientNetB{n}": (size, f"https://storage.googleapis.com/keras-applications/efficientnetb{n}_notop.h5")
        for n, size in enumerate((224, 240, 260, 300, 380, 456, 528, 600))
    },
    **{
        f"EfficientNetV2{name}": (size, f"{_KERAS}/efficientnet_v2/efficientnetv2-{name.lower()}_notop.h5")
        for name, size in {"B0": 224, "B1": 240, "B2": 260, "B3": 300, "S": 384, "M": 480, "L": 480}.items()
    },
    "InceptionResNetV2": (299, f"{_KERAS}/inception_resnet_v2/inception_resnet_v2_{_FILE}_notop.h5"),
    "InceptionV3": (299, f"{_KERAS}/inception_v3/inception_v3_{_FILE}_notop.h5"),
    "MobileNet": (224, f"{_KERAS}/mobilenet/mobilenet_1_0_224_tf_no_top.h5"),
    "MobileNetV2": (224, f"{_KERAS}/mobilenet_v2/mobilenet_v2_{_FILE}_1.0_224_no_top.h5"),
    "NASNetLarge": (331, f"{_KERAS}/nasnet/NASNet-large-no-top.h5"),
    "NASNetMobile": (224, f"{_KERAS}/nasnet/NASNet-mobile-no-top.h5"),
    **{f"ResNet{depth}": (224, f"{_KERAS}/resnet/resnet{depth}_{_FILE}_notop.h5") for depth in (50, 101, 152)},
    **{f"ResNet{depth}V2": (224, f"{_KERAS}/resnet/resnet{depth}v2_{_FILE}_notop.h5") for depth in (50, 101, 152)},
    **{f"VGG{depth}": (224, f"{_KERAS}/vgg{depth}/vgg{depth}_{_FILE}_notop.h5") for depth in (16, 19)},
    "Xception": (299, f"{_KERAS}/xception/xception_{_FILE}_notop.h5"),
}
"""Name to side of the input, pixels, and address of the ImageNet weights without the top."""

REFUSED = {
    "MobileNetV3": "tensorflowjs converts it to a graph that answers wrongly in the browser (fused hard-swish); "
    "mobilenet_v2 and efficientnet_v2_b0 are as small",
}
"""Beginnings of names that Keras has and nobody should train, and why."""
