"""Times one method on one network, for ascent.py.

    python -m benchmarks.speed.peers METHOD MODEL LAYER FILTERS STEPS SIZE

Prints JSON: wall and CPU seconds of the first call and of the median of later
ones, and the peak memory of the process in MiB. Each method imports only its
own tool.
"""

import json
import sys
import time

import keras
import numpy as np
import tensorflow as tf

_PROBE = 32  # inputs


def tb_actmax(
    model, layer, filters, steps, size, canvas=None, whole=False, read=False
):
    """Runs `tb_actmax.maximize` with a probe, as in the README."""
    from tb_actmax import maximize, objectives
    from tb_actmax.maximizer.image import defaults

    shape = (_PROBE, size, size, model.input_shape[-1])
    probe = np.random.default_rng(0).uniform(size=shape).astype(np.float32)
    if canvas is not None:
        defaults.canvas_size = lambda *_: canvas
    wanted = [objectives.channel(i) for i in filters] if whole else filters

    def run():
        found = maximize(model, layer, wanted, probe=probe, steps=steps)
        return found.status if read else found.images

    return run


def tb_actmax_status(model, layer, filters, steps, size):
    """Runs the same, and reads the status of each filter."""
    return tb_actmax(model, layer, filters, steps, size, read=True)


def tb_actmax_whole_input(model, layer, filters, steps, size):
    """Runs the same on a canvas as large as the input."""
    return tb_actmax(model, layer, filters, steps, size, (size, size))


def tb_actmax_whole_map(model, layer, filters, steps, size):
    """Maximizes the mean of the whole map, as the peers do."""
    return tb_actmax(model, layer, filters, steps, size, whole=True)


def tf_keras_vis(model, layer, filters, steps, size):
    """Runs tf-keras-vis with all filters in one batch."""
    from tf_keras_vis.activation_maximization import ActivationMaximization
    from tf_keras_vis.utils.scores import CategoricalScore

    inner = keras.Model(model.inputs, model.get_layer(layer).output)
    maximizer = ActivationMaximization(inner, clone=False)
    shape = (len(filters), size, size, model.input_shape[-1])

    def run(some=filters, shape=shape):
        start = tf.random.uniform(shape, 0, 1)
        return maximizer(
            CategoricalScore(list(some)),
            seed_input=start,
            input_range=(0, 1),
            steps=steps,
        )

    return run


def tf_keras_vis_single(model, layer, filters, steps, size):
    """Runs tf-keras-vis with one call per filter, as in its README."""
    run = tf_keras_vis(model, layer, filters, steps, size)
    shape = (1, size, size, model.input_shape[-1])
    return lambda: [run([index], shape) for index in filters]


def keras_io(model, layer, filters, steps, size):
    """Runs the loop of keras.io's example, with its step compiled."""
    inner = keras.Model(model.inputs, model.get_layer(layer).output)
    shape = (1, size, size, model.input_shape[-1])

    @tf.function
    def step(image, index):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = tf.reduce_mean(inner(image)[:, 2:-2, 2:-2, index])
        return image + 10 * tf.math.l2_normalize(tape.gradient(value, image))

    def run():
        for index in filters:
            image = (tf.random.uniform(shape) - 0.5) * 0.25
            for _ in range(steps):
                image = step(image, index)
            image.numpy()

    return run


def xplique(model, layer, filters, steps, size):
    """xplique's `optimize`, with all filters in one batch."""
    from xplique.features_visualizations import Objective, optimize

    objective = Objective.channel(model, layer, list(filters))
    return lambda: optimize(
        objective, nb_steps=steps, custom_shape=(size, size)
    )


def lucid(model, layer, filters, steps, size):
    """Runs the lucid-style control: 128 steps, tracing included."""
    from benchmarks.quality.lucid_style import maximize

    shape = (8, size, size, model.input_shape[-1])
    probe = np.random.default_rng(0).uniform(size=shape).astype(np.float32)
    return lambda: maximize(model, layer, list(filters), probe, 0)


def main():
    """Times the method named on the command line."""
    method, path, layer, count, steps, size = sys.argv[1:]
    model = keras.models.load_model(path, compile=False)
    filters = range(int(count))
    run = globals()[method](model, layer, filters, int(steps), int(size))
    walls, processors = [], []
    began = time.monotonic()
    while len(walls) < 2 or (len(walls) < 6 and time.monotonic() - began < 20):
        wall, processor = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    with open("/proc/self/status") as file:
        peak = int(file.read().split("VmHWM:")[1].split()[0]) / 1024
    found = {
        "first": walls[0],
        "wall": float(np.median(walls[1:])),
        "cpu": float(np.median(processors[1:])),
        "peak_mib": peak,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
