"""Signatures hold the covariances of responses at the points of a probe."""

import numpy as np

from tb_actmax.data.sample import Sample
from tb_actmax.matching.probe_points import ProbePoints, with_fixed_signs


def test_the_same_probe_has_the_same_fingerprint():
    images = np.random.default_rng(0).uniform(size=(20, 6, 6, 1))
    same, other = images.copy(), images.copy()
    other[0, 0, 0] += 0.5
    prints = [ProbePoints(Sample(x)).fingerprint for x in (images, same, other)]
    assert prints[0] == prints[1] != prints[2]


def test_signatures_of_functions_linear_in_the_pixels_are_exact():
    random = np.random.default_rng(0)
    images = random.uniform(size=(40, 20, 20, 1)).astype("float32")
    points = ProbePoints(Sample(images))
    kernels = random.normal(size=(3, 3, 5)).astype("float32")
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(images[..., 0], ((0, 0), (1, 1), (1, 1))), (3, 3), (1, 2)
    )
    maps = np.einsum("nxykl,klf->nxyf", windows, kernels)
    linear = maps[tuple(points.positions((20, 20)).T)]
    rest = np.sin(9 * linear)

    def products(responses):
        values = points.signatures(range(5), responses).values
        return values @ values.T

    over_all = np.cov(maps.reshape(-1, 5).T, bias=True)
    assert np.allclose(products(linear), over_all, atol=0.02 * over_all.max())
    close = np.cov(rest.T, bias=True)
    assert np.allclose(products(rest), close, atol=0.25 * close.max())
    assert not np.allclose(products(rest), close, atol=0.001 * close.max())


def test_the_signs_of_axes_do_not_depend_on_the_library():
    random = np.random.default_rng(0)
    images = random.normal(size=(500, 7, 7)).cumsum(1).cumsum(2)
    pixels = images.reshape(len(images), -1)
    _, axes = np.linalg.eigh(np.cov(pixels.T))
    signs = random.choice([-1, 1], size=axes.shape[1])
    fixed = with_fixed_signs(axes)
    assert np.array_equal(with_fixed_signs(axes * signs), fixed)
    assert np.allclose(np.abs(fixed), np.abs(axes))
