"""Matching the filters of real trainings by their logs."""

import keras
import numpy as np
import pytest
from support.plugin_client import LOADERS, client_of

import tb_actmax
from tb_actmax.matching.pairing import cka
from tb_actmax.matching.signature import (
    MatchError,
    Signatures,
    decode_signatures,
    encode_signatures,
    signature_index,
)


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Logs a network, two shuffled copies, and one with another probe."""
    directory = tmp_path_factory.mktemp("logs")
    random = np.random.default_rng(0)
    probe = random.uniform(size=(48, 16, 16, 1)).astype("float32")
    order = random.permutation(8)

    def make(shuffled, layer="conv"):
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [
                keras.Input((16, 16, 1)),
                keras.layers.Conv2D(8, 5, activation="relu", name=layer),
                keras.layers.GlobalMaxPooling2D(),
                keras.layers.Dense(1),
            ]
        )
        model.compile("sgd", "mse")
        if shuffled:
            kernel, bias = model.layers[0].get_weights()
            model.layers[0].set_weights([kernel[..., order], bias[order]])
        return model

    def train(name, model, probe):
        model.optimizer.learning_rate = 0.0
        model.fit(
            probe,
            np.zeros(len(probe)),
            epochs=2,
            verbose=0,
            callbacks=[
                tb_actmax.ActivationMaximization(
                    directory / name, filters="all", probe=probe, steps=2
                )
            ],
        )

    train("first", make(False), probe)
    train("shuffled", make(True), probe)
    train("renamed", make(True, "features"), probe)
    train("elsewhere", make(False), probe[::-1].copy())
    return directory, order


def get(client, route, **query):
    path = f"/data/plugin/actmax/{route}"
    return client.get(path, query_string=query).json


def test_a_shuffled_copy_is_matched_filter_by_filter(logs):
    directory, order = logs
    found = tb_actmax.match(directory / "first", directory / "shuffled", "conv")
    assert found.filters.tolist() == list(range(8))
    assert order[found.matches].tolist() == list(range(8))
    assert found.r.min() >= 0.999
    assert found.cka == pytest.approx(1, abs=1e-3)


def test_layers_and_epochs_of_other_names_are_matched(logs):
    directory, order = logs
    found = tb_actmax.match(
        directory / "first",
        directory / "renamed",
        "conv",
        epoch=0,
        layer_b="features",
        epoch_b=2,
    )
    assert order[found.matches].tolist() == list(range(8))
    with pytest.raises(ValueError, match="not at 9"):
        tb_actmax.match(
            directory / "first", directory / "first", "conv", epoch_b=9
        )


def test_other_probes_are_rejected_with_the_reason(logs):
    directory, _ = logs
    with pytest.raises(ValueError, match="different probes"):
        tb_actmax.match(directory / "first", directory / "elsewhere", "conv")


def test_unknown_layers_and_epochs_are_rejected(logs):
    directory, _ = logs
    first = directory / "first"
    with pytest.raises(ValueError, match="it has conv"):
        tb_actmax.match(first, first, "conv9")
    with pytest.raises(ValueError, match="0, 1, 2"):
        tb_actmax.match(first, first, "conv", 7)
    with pytest.raises(FileNotFoundError, match="no event files"):
        tb_actmax.match(first, directory / "nowhere", "conv")


@pytest.mark.parametrize("loader", LOADERS)
def test_the_routes_that_compare_layers(logs, loader):
    directory, order = logs
    client = client_of(loader, directory)
    query = {
        "run": "first/actmax",
        "tag": "conv",
        "other_run": "shuffled/actmax",
        "other_tag": "conv",
    }
    answer = get(client, "match", step=1, other_step=2, **query)
    assert answer["reason"] is None
    assert [order[int(pair["other"])] for pair in answer["pairs"]] == list(
        range(8)
    )
    assert answer["nearest"] == answer["pairs"]
    turned = {(pair["other"], pair["key"]) for pair in answer["pairs"]}
    found = {(pair["key"], pair["other"]) for pair in answer["other_nearest"]}
    assert found == turned
    alike = get(client, "alike", **query)
    assert alike["epochs"] == [0, 1, 2]
    assert min(alike["cka"]) > 0.99
    query["other_run"] = "elsewhere/actmax"
    refused = get(client, "match", step=1, other_step=1, **query)
    assert "different probes" in refused["reason"]
    assert refused["pairs"] == refused["nearest"] == []
    assert refused["other_nearest"] == []


def test_cka_of_unrelated_layers_is_near_zero():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 300, 256))
    assert abs(cka(a, b)) < 0.05
    turned = np.linalg.qr(random.normal(size=(300, 300)))[0] @ a
    assert cka(a, turned) == pytest.approx(1)


@pytest.mark.parametrize("index", [None, -1, 1])
def test_missing_signatures_are_rejected(index):
    header = {"extra": 1}
    if index is not None:
        header["signature"] = {"extra": index, "filters": [], "probe": "a"}
    with pytest.raises(MatchError, match="no signatures"):
        signature_index(header)


def test_signatures_survive_encoding_within_half_a_step():
    values = np.random.default_rng(0).normal(size=(3, 16)) * [[1], [9], [0]]
    header, image = encode_signatures(Signatures([2, 5, 7], values, 4, "a"))
    decoded = decode_signatures({"signature": header, "extra": 1}, image)
    assert (decoded.filters, decoded.exact) == ([2, 5, 7], 4)
    step = np.abs(values).max(axis=1, keepdims=True) / 127
    assert (np.abs(decoded.values - values) <= 0.51 * step).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"filters": [0]},
        {"filters": [0, 0]},
        {"exact": 17},
        {"exact": True},
        {"scales": [1.0]},
        {"scales": [1.0, float("inf")]},
        {"scales": ["1", 1.0]},
    ],
)
def test_damaged_signatures_are_rejected(changes):
    values = np.random.default_rng(0).normal(size=(2, 16))
    header, image = encode_signatures(Signatures([0, 1], values, 4, "a"))
    with pytest.raises(MatchError, match="fit"):
        decode_signatures(
            {"signature": {**header, **changes}, "extra": 1}, image
        )
    with pytest.raises(MatchError, match="cannot be read"):
        decode_signatures({"signature": header, "extra": 1}, b"no image")
