"""Weights as bytes: what each precision keeps, and what it refuses."""

import numpy as np
import pytest

from sporeprint_export.codec import SMALLEST_QUANTISED, decode, encode, encode_rounded, encoded_bytes
from sporeprint_export.rounding import Rounded, round_to_nearest
from sporeprint_training.errors import StepFailed

WEIGHTS = np.random.default_rng(0).normal(0, 0.2, (16, 32)).astype(np.float32)


def entry(value, encoded):
    described = {"name": "w", "shape": list(value.shape), "dtype": str(value.dtype)}
    return {**described, "quantization": encoded.quantization} if encoded.quantization else described


def there_and_back(value, precision):
    encoded = encode("w", value, precision)
    assert encoded_bytes(entry(value, encoded)) == len(encoded.data)
    return decode(entry(value, encoded), encoded.data)


def test_float32_is_exact():
    np.testing.assert_array_equal(there_and_back(WEIGHTS, "float32"), WEIGHTS)


def test_float16_rounds_each_value_to_the_nearest_half():
    np.testing.assert_array_equal(there_and_back(WEIGHTS, "float16"), WEIGHTS.astype(np.float16).astype(np.float32))


def test_uint16_is_off_by_half_a_step_at_most():
    step = float(WEIGHTS.max() - WEIGHTS.min()) / 65535
    # Moving the range to keep zero exact costs the outermost value up to one more half step.
    assert np.abs(there_and_back(WEIGHTS, "uint16") - WEIGHTS).max() <= step * 1.01


def test_uint16_keeps_zero_exact():
    value = WEIGHTS.copy()
    value[0, :5] = 0
    assert (there_and_back(value, "uint16")[0, :5] == 0).all()


@pytest.mark.parametrize("constant", [0.0, 0.75, -3.0])
def test_uint16_takes_a_tensor_of_one_value(constant):
    value = np.full((16, 32), constant, np.float32)
    np.testing.assert_array_equal(there_and_back(value, "uint16"), value)


@pytest.mark.parametrize("precision", ["float16", "uint16"])
def test_half_the_bytes(precision):
    assert len(encode("w", WEIGHTS, precision).data) == WEIGHTS.nbytes // 2


@pytest.mark.parametrize("precision", ["float16", "uint16"])
def test_small_tensors_and_whole_numbers_stay_exact(precision):
    scale = np.array([1 / 127.5, -103.939], np.float32)
    shape = np.array([1, -1, 1280], np.int32)
    np.testing.assert_array_equal(there_and_back(scale, precision), scale)
    np.testing.assert_array_equal(there_and_back(shape, precision), shape)
    assert WEIGHTS.size >= SMALLEST_QUANTISED > 3


def test_a_weight_too_large_for_float16_is_named():
    value = WEIGHTS.copy()
    value[3, 3] = 70000
    with pytest.raises(StepFailed, match=r"70000 in conv_1.*--precision uint16"):
        encode("conv_1", value, "float16")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_weight_that_is_no_number_is_refused(bad):
    value = WEIGHTS.copy()
    value[0, 0] = bad
    with pytest.raises(StepFailed, match="finite number"):
        encode("conv_1", value, "float32")


@pytest.mark.parametrize("bits", [4, 5, 6, 7, 8])
@pytest.mark.parametrize("shape", [(16, 32), (3, 3, 7, 1), (1, 1, 5, 3), (7, 1)])
def test_whole_numbers_with_a_scale_per_channel_come_back_exactly(bits, shape):
    value = np.random.default_rng(bits).normal(0, 1, shape).astype(np.float32)
    rounded = round_to_nearest(value, shape[-1] * (7 if shape[-1] == 1 else 1) if len(shape) == 4 else shape[-1], bits)
    encoded = encode_rounded(rounded)
    described = entry(value, encoded)
    assert encoded_bytes(described) == len(encoded.data)
    np.testing.assert_array_equal(decode(described, encoded.data), rounded.weights())


def test_the_extremes_of_every_width_come_back():
    for bits in range(4, 9):
        top = 2 ** (bits - 1) - 1
        integers = np.array([[-top, top, 0], [1, -1, top]], np.int8)
        rounded = Rounded(integers, np.array([0.5, 2.0, 1e-3], np.float32), bits)
        encoded = encode_rounded(rounded)
        found = decode(entry(integers.astype(np.float32), encoded), encoded.data)
        np.testing.assert_array_equal(found, rounded.weights())


def test_the_bytes_of_a_narrow_tensor_are_two_planes_after_the_scales():
    # 6 bits: -31 + 32 = 0b000001, 31 + 32 = 0b111111, 0 + 32 = 0b100000.
    rounded = Rounded(np.array([[-31], [31], [0]], np.int8), np.array([1.0], np.float32), 6)
    data = encode_rounded(rounded).data
    assert data[:4] == np.float32(1).tobytes()
    assert data[4:6] == bytes([0b1111_0000, 0b0000_1000]), "upper halves, the earlier value in the lower one"
    assert data[6:] == bytes([0b00_11_01]), "the other two bits, least significant first"


def test_six_bits_take_three_quarters_of_eight():
    value = np.random.default_rng(0).normal(0, 1, (400, 100)).astype(np.float32)
    eight, six = (len(encode_rounded(round_to_nearest(value, 100, bits)).data) - 400 for bits in (8, 6))
    assert six == eight * 3 // 4


def test_uint8_spreads_256_steps_over_the_tensor():
    step = float(WEIGHTS.max() - WEIGHTS.min()) / 255
    assert np.abs(there_and_back(WEIGHTS, "uint8") - WEIGHTS).max() <= step * 1.01
    assert len(encode("w", WEIGHTS, "uint8").data) == WEIGHTS.size
