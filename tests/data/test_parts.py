"""Measures of crops that are computed part by part."""

import numpy as np
import pytest

from tb_actmax.data import parts
from tb_actmax.data.spectrum import summed_power

CROPS = np.random.default_rng(0).normal(size=(7, 5, 6, 3)).astype("float32")


@pytest.fixture(params=[1, 2, 100], autouse=True)
def crops_of_a_part(request, monkeypatch):
    monkeypatch.setattr(parts, "_VALUES", request.param * CROPS[0].size)


def test_each_crop_is_in_one_part():
    np.testing.assert_array_equal(
        np.concatenate(list(parts.in_parts(CROPS))), CROPS
    )


def test_deviations_are_those_of_each_crop():
    own = [np.sqrt(((c - c.mean((0, 1))) ** 2).mean()) for c in CROPS]
    found = parts.deviations(CROPS, None)
    np.testing.assert_allclose(found, own, rtol=1e-5)
    mean = np.array([1, 2, 3], np.float32)
    own = [np.sqrt(((c - mean) ** 2).mean()) for c in CROPS]
    np.testing.assert_allclose(parts.deviations(CROPS, mean), own, rtol=1e-5)


def test_power_is_summed_over_all_crops():
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    for directions in (None, turned.astype("float32")):
        seen = CROPS if directions is None else CROPS @ directions
        own = (np.abs(np.fft.rfftn(seen, axes=(1, 2))) ** 2).sum(axis=0)
        found = summed_power(CROPS, directions)
        np.testing.assert_allclose(found, own, rtol=1e-4, atol=1e-4)
