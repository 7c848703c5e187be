"""Replaced gradients, compared with TensorFlow's."""

import contextlib
import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.network.gradients.overrides import gradients
from tb_actmax.network.work import count_relus


def in_a_loop(relu):
    def run(inputs):
        return tf.while_loop(
            lambda index, _: index < 1,
            lambda index, found: (index + 1, relu(found)),
            (0, inputs),
            maximum_iterations=3,
        )[1]

    return run


def in_a_condition(relu):
    def run(inputs):
        positive = tf.reduce_max(inputs) > 0
        return tf.cond(positive, lambda: relu(inputs), lambda: inputs)

    return run


def outside(relu):
    return relu


@pytest.mark.parametrize("relu", [tf.nn.relu, tf.nn.relu6])
@pytest.mark.parametrize("place", [outside, in_a_loop, in_a_condition])
@pytest.mark.parametrize("leak", [0.0, 0.1])
def test_closed_relus_leak_the_share_that_is_set(relu, place, leak):
    inputs = [-3.0, -0.5, 0.5, 3.0, 8.0]
    upstream = [1.0, -2.0, 3.0, -4.0, 5.0]

    @tf.function(autograph=False)
    def slope(inputs, leak):
        with gradients(inputs, leak):
            outputs = place(relu)(inputs)
            return tf.gradients(outputs, inputs, grad_ys=[upstream])[0]

    share = [leak, leak, 1, 1, leak if relu is tf.nn.relu6 else 1]
    found = slope(tf.constant(inputs), tf.constant(leak))
    np.testing.assert_allclose(found, np.multiply(share, upstream), rtol=1e-6)


def test_loops_of_conditions_have_tensorflows_gradient():
    @tf.function(autograph=False)
    def slope(inputs, leak):
        with gradients(inputs, leak):
            outputs = in_a_loop(in_a_condition(tf.nn.relu))(inputs)
            return tf.gradients(outputs, inputs)[0]

    found = slope(tf.constant([-1.0, 2.0]), tf.constant(0.1))
    np.testing.assert_array_equal(found, [0, 1])


@pytest.mark.parametrize(
    ("place", "count"), [(outside, 1), (in_a_condition, 1), (in_a_loop, 3)]
)
def test_relus_in_loops_count_once_for_each_iteration(place, count):
    run = tf.function(place(tf.nn.relu), autograph=False)
    traced = run.get_concrete_function(tf.TensorSpec((None,), tf.float32))
    assert count_relus(traced.graph) == count


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("taps", [(5, 5), (3, 4), (1, 6), (1, 1)])
@pytest.mark.parametrize("strides", [1, 2])
def test_the_gradient_of_a_convolution_is_tensorflows(
    padding, channels, taps, strides
):
    random = np.random.default_rng(0)
    images = random.normal(size=(2, 13, 10, channels)).astype(np.float32)
    kernel = random.normal(size=(*taps, channels, 6)).astype(np.float32)
    weights = random.normal(size=(6,)).astype(np.float32)

    def slope(replaced):
        @tf.function
        def trace(images):
            def value():
                maps = tf.nn.conv2d(images, kernel, strides, padding)
                return tf.reduce_sum(tf.tanh(maps) * weights)

            if not replaced:
                return tf.gradients(value(), images)[0]
            with gradients(images):
                return tf.gradients(value(), images)[0]

        spec = tf.TensorSpec((None, *images.shape[1:]), tf.float32)
        return trace.get_concrete_function(spec)(images).numpy()

    assert np.allclose(slope(True), slope(False), atol=1e-4)


SHAPE = (None, 4, 3, 5)
WEIGHTS = {
    "one for each channel": (5,),
    "one for each place": (4, 3, 5),
    "a number": (),
    "more axes than the image": (2, 1, 4, 3, 5),
    "an image of one channel": None,
}
OPERATIONS = {
    "product": lambda x, w: x * w,
    "product, turned": lambda x, w: w * x,
    "sum": lambda x, w: x + w,
    "difference": lambda x, w: x - w,
    "difference, turned": lambda x, w: w - x,
    "quotient": lambda x, w: x / (2 + tf.square(w)),
    "quotient, turned": lambda x, w: w / (2 + tf.square(x)),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_gradient_of_two_operands_is_tensorflows(operation, weights):
    random = np.random.default_rng(0)
    images = random.normal(size=(2, *SHAPE[1:])).astype(np.float32)
    shape = WEIGHTS[weights]
    given = random.normal(size=shape or ()).astype(np.float32)

    def slope(replaced):
        @tf.function(autograph=False)
        def trace(images, given):
            def value():
                beside = given if shape is not None else images[..., :1]
                found = OPERATIONS[operation](images, beside)
                return tf.reduce_sum(tf.sin(found))

            if not replaced:
                return tf.gradients(value(), images)[0]
            with gradients(images):
                return tf.gradients(value(), images)[0]

        specs = tf.TensorSpec(SHAPE), tf.TensorSpec(given.shape)
        return trace.get_concrete_function(*specs)(images, given).numpy()

    np.testing.assert_allclose(slope(True), slope(False), atol=1e-5)


@pytest.mark.parametrize("reduce", [tf.reduce_mean, tf.reduce_sum])
@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("axes", [(1, 2), (-1,), (0,), (0, 3), ()])
@pytest.mark.parametrize("known", ["lengths and axes", "axes", "nothing"])
def test_the_gradient_of_a_reduction_is_tensorflows(
    reduce, keepdims, axes, known
):
    random = np.random.default_rng(0)
    images = random.normal(size=(2, *SHAPE[1:])).astype(np.float32)
    shape = SHAPE if known == "lengths and axes" else (None, None, 3, 5)

    def slope(replaced):
        @tf.function(autograph=False)
        def trace(images, given):
            over = given if known == "nothing" else axes
            with gradients(images) if replaced else contextlib.nullcontext():
                found = reduce(tf.sin(images), over, keepdims)
                value = tf.reduce_sum(tf.square(found))
                return tf.gradients(value, images)[0]

        specs = tf.TensorSpec(shape), tf.TensorSpec((None,), tf.int32)
        given = tf.constant(axes, tf.int32, (len(axes),))
        return trace.get_concrete_function(*specs)(images, given).numpy()

    np.testing.assert_allclose(slope(True), slope(False), atol=1e-5)


def test_images_scale_images_of_a_batch_of_one():
    """The batch size, and so the broadcast, is unknown during tracing."""

    @tf.function(input_signature=[tf.TensorSpec(SHAPE)])
    def slope(images):
        with gradients(images):
            return tf.gradients(images * images[:1], images)[0]

    images = np.random.default_rng(0).normal(size=(3, 4, 3, 5))
    images = tf.constant(images, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        found = images * images[:1]
    np.testing.assert_allclose(
        slope(images), tape.gradient(found, images), atol=1e-5
    )


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_branches_with_equally_many_images_are_not_summed_over(together, whole):
    """Those of another number of images are."""
    kernel = np.random.default_rng(0).normal(size=(3, 3, 5, 5)) / 5
    kernel = kernel.astype(np.float32)

    def slope(replaced):
        @tf.function(autograph=False)
        def trace(images):
            with gradients(images) if replaced else contextlib.nullcontext():
                branch = tf.nn.relu(tf.nn.conv2d(images, kernel, 1, "SAME"))
                if together:  # with another number of images
                    branch, _ = tf.identity_n([branch, images[:1]])
                branch *= 1.5
                branch = branch if whole else branch[:1]
                found = tf.tanh(images) + branch
                return tf.gradients(tf.tanh(found), images)[0]

        return trace.get_concrete_function(tf.TensorSpec(SHAPE))

    own = slope(True)
    kinds = [one.type for one in own.graph.get_operations()]
    assert ("Sum" in kinds) != whole
    images = np.random.default_rng(1).normal(size=(3, *SHAPE[1:]))
    images = tf.constant(images, tf.float32)
    np.testing.assert_allclose(
        own(images), slope(False)(images), rtol=1e-4, atol=1e-5
    )


def test_the_gradients_of_depthwise_convolutions_and_biases():
    keras.utils.set_random_seed(0)
    inner = [
        keras.layers.DepthwiseConv2D(3, bias_initializer="normal"),
        keras.layers.BatchNormalization(moving_mean_initializer="normal"),
        keras.layers.Conv2D(3, 2, strides=2, bias_initializer="normal"),
    ]
    model = keras.Sequential([keras.Input((9, 9, 4)), *inner])
    images = tf.random.stateless_normal((2, 9, 9, 4), (0, 0))

    @tf.function(input_signature=[tf.TensorSpec((None, 9, 9, 4))])
    def slope(images):
        with gradients(images):
            return tf.gradients(tf.sin(model(images)), images)[0]

    with tf.GradientTape() as tape:
        tape.watch(images)
        found = tf.sin(model(images))
    np.testing.assert_allclose(
        slope(images), tape.gradient(found, images), atol=1e-4
    )
    kinds = {
        operation.type
        for operation in slope.get_concrete_function().graph.get_operations()
    }
    assert "Conv2DBackpropInput" in kinds
    assert not kinds & {"Sum", "BiasAddGrad", "Conv2DBackpropFilter"}


def test_traced_graphs_are_released():
    @tf.function(autograph=False)
    def slope(inputs, leak):
        with gradients(inputs, leak):
            outputs = tf.nn.relu(inputs * 2.0)
            return tf.gradients(outputs, inputs)[0]

    spec = tf.TensorSpec((None,))
    graph = weakref.ref(
        slope.get_concrete_function(spec, tf.TensorSpec(())).graph
    )
    assert graph() is not None
    del slope
    gc.collect()
    assert graph() is None


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [1, (2, 2), (1, 2)])
@pytest.mark.parametrize("channels", [1, 2])  # of each of four groups
def test_groups_of_channels_have_the_gradient_of_each(
    padding, stride, channels
):
    random = np.random.default_rng(0)
    images = random.normal(size=(2, 9, 8, 4 * channels)).astype("float32")
    kernel = random.normal(size=(3, 3, channels, 12)).astype("float32")

    @tf.function(autograph=False)
    def slope(images):
        with gradients(images):
            found = tf.nn.conv2d(images, kernel, stride, padding)
            return tf.gradients(tf.square(found), images)[0]

    @tf.function(autograph=False)
    def of_each(images):
        groups = zip(
            tf.split(images, 4, -1), tf.split(kernel, 4, -1), strict=True
        )
        found = [tf.nn.conv2d(*one, stride, padding) for one in groups]
        return tf.gradients(tf.square(tf.concat(found, -1)), images)[0]

    np.testing.assert_allclose(slope(images), of_each(images), atol=1e-3)
