"""Measures of images."""

import numpy as np

from tb_actmax.measures.image_quality import rank_among


def test_filters_with_equal_lift_share_their_mean_rank():
    lifts = np.array([[0.0, 0, 0, 0, 0], [0.9, 0.5, 0.1, 0.5, 0.2]])
    own = np.array([0.0, 0.5])
    np.testing.assert_allclose(rank_among(lifts, own), [3, 2.5])
