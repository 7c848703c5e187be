"""Models, weights and probes that `tb-actmax render` reads."""

import keras
import numpy as np
import pytest
from PIL import Image

from tb_actmax.cli.main import main
from tb_actmax.records.reader import read_blobs

layers = keras.layers
_BUILDERS = """
import keras

class Doubled(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs

def network(filters=4):
    conv = keras.layers.Conv2D(filters, 5, name="conv")
    return keras.Sequential([keras.Input((16, 16, 3)), Doubled(), conv])

def other():
    return network(5)

def number():
    return 3

def broken():
    return 1 / 0
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Models with a custom layer, probes, and files that are neither."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "actmax_builders.py").write_text(_BUILDERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        import actmax_builders

        for epoch in (1, 2):
            model = actmax_builders.network()
            model.save(folder / f"own-{epoch}.keras")
        model.save_weights(folder / "own-3.weights.h5")
        (folder / "bad-1.keras").write_bytes(b"no archive")
        images = np.random.default_rng(0).uniform(size=(20, 16, 16, 3))
        np.savez(folder / "good.npz", x=images.astype("float32"))
        np.savez(folder / "words.npz", x=np.array(["a", "b"]))
        (folder / "bad.npz").write_bytes(b"no archive")
        (folder / "pictures").mkdir()
        pixels = (255 * images[0]).astype("uint8")
        Image.fromarray(pixels).save(folder / "pictures" / "a.png")
        yield folder


def render(files, log, *words):
    known = {path.name: str(path) for path in files.iterdir()}
    options = ["--log-dir", str(log), "--steps", "2", "--warm-steps", "2"]
    words = [known.get(word, word) for word in words]
    return main(["render", *words, *options, "--filters", "2"])


def test_a_builder_builds_models_with_custom_layers(files, tmp_path):
    builder = ["--builder", "actmax_builders:network"]
    models = ["own-1.keras", "own-2.keras", "own-3.weights.h5"]
    assert render(files, tmp_path, *models, *builder) == 0
    assert {step for _, step, _ in read_blobs(tmp_path)} == {1, 2, 3}


@pytest.mark.parametrize(
    "words, said",
    [
        (["bad-1.keras"], "bad-1.keras cannot be loaded as a model"),
        (["own-1.keras"], "with --builder package.module:function"),
        (["own-3.weights.h5"], "holds weights only"),
        (["own-1.keras", "--builder", "network"], "not 'network'"),
        (["own-1.keras", "--builder", "nowhere:f"], "No module named 'nowhere"),
        (["own-1.keras", "--builder", "actmax_builders:f"], "no attribute 'f'"),
        (
            ["own-1.keras", "--builder", "actmax_builders:number"],
            "returns a int",
        ),
        (["own-1.keras", "--builder", "actmax_builders:broken"], "division by"),
        (["own-1.keras", "--builder", "actmax_builders:other"], "do not fit"),
    ],
)
def test_models_that_cannot_be_loaded_are_refused_in_one_line(
    files, tmp_path, capsys, words, said
):
    assert render(files, tmp_path / "log", *words) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    "words, said",
    [
        (["bad.npz"], "bad.npz is not a .npz file. Write one with"),
        (["words.npz"], "are str32, not numbers"),
        (["nowhere.npz"], "nowhere.npz"),
        (["pictures", "--value-range", "1", "0"], "1 is not below 0"),
    ],
)
def test_probes_that_cannot_be_read_are_refused_in_one_line(
    files, tmp_path, capsys, words, said
):
    model = ["own-1.keras", "--builder", "actmax_builders:network"]
    assert render(files, tmp_path / "log", *model, "--probe", *words) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line
