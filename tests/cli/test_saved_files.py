"""Models, weights and probes that `tb-actmax render` reads."""

import os
import struct
import zipfile
import zlib

import keras
import numpy as np
import pytest
from PIL import Image

from tb_actmax.cli.main import main
from tb_actmax.data import memory
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

def steering():
    name = "conv\x1b[2J"
    conv = keras.layers.Conv2D(4, 5, name=name)
    return keras.Sequential([keras.Input((16, 16, 3)), Doubled(), conv])

def leaving():
    raise SystemExit(0)

def huge():
    dense = keras.layers.Dense(10**13)
    return keras.Sequential([keras.Input((16, 16, 3)), dense])
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Yields models with a custom layer, probes, and files that are neither."""
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
        np.save(folder / "huge.npy", np.full((4, 16, 16, 3), 1e300))
        cut = (folder / "own-1.keras").read_bytes()[:-3000]
        (folder / "cut-1.keras").write_bytes(cut)
        (folder / "bad.npz").write_bytes(b"no archive")
        whole = (folder / "good.npz").read_bytes()
        (folder / "cut.npz").write_bytes(whole.replace(b"PK\1\2", b"PK\0\0"))
        (folder / "odd.txt").write_bytes(b"caf\xe9")
        os.mkfifo(folder / "pipe.txt")
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
        (["cut-1.keras"], "it is no archive, or it is damaged"),
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
        (["own-1.keras", "--builder", "actmax_builders:huge"], "--builder"),
        (["own-1.keras", "--builder", "actmax_builders:leaving"], "status 0"),
    ],
)
def test_models_that_cannot_be_loaded_are_rejected_in_one_line(
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
        (["huge.npy"], "values that are not finite"),
        (["nowhere.npz"], "nowhere.npz"),
        (["pictures", "--value-range", "1", "0"], "1 is not below 0"),
        (["pictures", "--value-range", "0", "nan"], "or not finite"),
        (["cut.npz"], "cut.npz cannot be read"),
        (["good.npz", "--class-names", "pipe.txt"], "is not a file"),
        (["good.npz", "--class-names", "odd.txt"], "is not text in UTF-8"),
    ],
)
def test_probes_that_cannot_be_read_are_rejected_in_one_line(
    files, tmp_path, capsys, words, said
):
    model = ["own-1.keras", "--builder", "actmax_builders:network"]
    assert render(files, tmp_path / "log", *model, "--probe", *words) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line


@pytest.mark.parametrize(
    "pipe", ["model_1.keras", "sm_1/saved_model.pb", "sm_1/variables/pipe"]
)
def test_a_pipe_is_no_model(files, tmp_path, capsys, pipe):
    (tmp_path / "sm_1" / "variables").mkdir(parents=True)
    (tmp_path / "sm_1" / "saved_model.pb").touch()
    (tmp_path / pipe).unlink(missing_ok=True)
    os.mkfifo(tmp_path / pipe)
    model = str(tmp_path / pipe.split("/")[0])
    assert render(files, tmp_path / "log", model) == 1
    assert "neither a file nor a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, content",
    [
        ("bomb_1.keras", "config.json"),
        ("bomb.npz", "x.npy"),
        ("bomb.npz", "class_names.npy"),
    ],
)
def test_files_that_unpack_to_more_than_the_memory_are_rejected(
    files, tmp_path, capsys, monkeypatch, name, content
):
    # 256 MB that take 250 KB: a bomb, to a machine with 64 MB.
    zeros = bytes(1 << 20)
    bomb = zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED)
    with bomb, bomb.open(content, "w") as member:
        for _ in range(256):
            member.write(zeros)
    monkeypatch.setattr(memory.os, "sysconf", lambda name: 1 << 13)
    words = [str(tmp_path / name)]
    if name == "bomb.npz":
        model = ["own-1.keras", "--builder", "actmax_builders:network"]
        words = [*model, "--probe", *words]
    assert render(files, tmp_path / "log", *words) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert f"{name} holds 0 GB" in line


def _chunk(kind, data):
    body = kind + data
    return (
        struct.pack(">I", len(data))
        + body
        + struct.pack(">I", zlib.crc32(body))
    )


def _npy(shape):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (117 - len(header)) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode()


def _terabytes_npy(path):
    path.write_bytes(_npy((10**13, 16, 16, 3)))


def _sparse_npy(path):
    path.write_bytes(_npy((10**9, 16, 16, 3)))
    os.truncate(path, 128 + 4 * 768 * 10**9)


def _terabytes_npz(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", _npy((10**13, 16, 16, 3)))


def _empty_npz(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"")


def _pipe_npz(path):
    os.mkfifo(path)


def _bomb(folder):
    folder.mkdir()
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    parts = [_chunk(b"IHDR", size), _chunk(b"IDAT", b""), _chunk(b"IEND", b"")]
    (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def _postscript(folder):
    folder.mkdir()
    (folder / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n")


def _only_a_pipe(folder):
    folder.mkdir()
    os.mkfifo(folder / "a.png")


@pytest.mark.parametrize(
    "name, make, said",
    [
        ("a.npy", _terabytes_npy, "is not a .npy file"),
        ("a.npy", _sparse_npy, "GB of memory"),
        ("a.npz", _terabytes_npz, "x in "),
        ("a.npz", _empty_npz, "is not an array"),
        ("a.npz", _pipe_npz, "neither a file nor a folder"),
        ("bombs", _bomb, "cannot be read as an image: Image size"),
        ("scripts", _postscript, "cannot be read as an image"),
        ("pipes", _only_a_pipe, "There are no images"),
    ],
)
def test_hostile_probes_are_rejected_in_one_line(
    files, tmp_path, capsys, name, make, said
):
    make(tmp_path / name)
    model = ["own-1.keras", "--builder", "actmax_builders:network"]
    probe = ["--probe", str(tmp_path / name)]
    assert render(files, tmp_path / "log", *model, *probe) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line


def test_a_model_without_any_rendered_layer_exits_with_1(
    files, tmp_path, capsys
):
    import actmax_builders

    model = actmax_builders.network()
    model.layers[-1].set_weights(
        [np.full(w.shape, np.nan) for w in model.layers[-1].get_weights()]
    )
    model.save(tmp_path / "lost_7.keras")
    builder = ["--builder", "actmax_builders:network"]
    lost = str(tmp_path / "lost_7.keras")
    assert render(files, tmp_path / "log", lost, *builder) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert "No layer could be rendered in:" in last and "lost_7.keras" in last


def test_the_names_in_a_model_do_not_steer_the_terminal(files, tmp_path, capfd):
    import actmax_builders

    actmax_builders.steering().save(tmp_path / "steering_1.keras")
    model = str(tmp_path / "steering_1.keras")
    builder = ["--builder", "actmax_builders:steering"]
    # TensorFlow refuses such names when the layer is called.
    assert render(files, tmp_path / "log", model, *builder) == 1
    shown = capfd.readouterr()
    assert r"conv\x1b[2J" in shown.err
    assert "\x1b[2J" not in shown.out + shown.err
