"""Small data sets, drawn with NumPy, in place of those of the examples."""

import numpy as np


def pictures(count, size=24, seed=0):
    """Draws photograph-like pictures of four kinds.

    Smooth colours lie behind a bright disc, a dark square, stripes or a
    cross.

    Args:
        count: Number of pictures.
        size: Rows and columns.
        seed: Seed of the pictures.

    Returns:
        Pictures (count, size, size, 3), uint8, and their kinds (count,).
    """
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size] / size
    kinds = random.integers(0, 4, count)
    drawn = []
    for kind in kinds:
        slope, colour = random.normal(size=(2, 3)), random.normal(size=3)
        ground = rows[..., None] * slope[0] + columns[..., None] * slope[1]
        row, column = random.uniform(0.35, 0.65, 2)
        down, across = rows - row, columns - column
        shape = (
            np.hypot(down, across) < 0.22,
            np.maximum(abs(down), abs(across)) < 0.2,
            np.sin(40 * (down + random.uniform(-1, 1) * across)) > 0,
            np.minimum(abs(down), abs(across)) < 0.07,
        )[kind]
        picture = ground + shape[..., None] * (colour + (0.8, -0.8)[kind % 2])
        picture += 0.05 * random.normal(size=picture.shape)
        drawn.append(128 + 60 * picture)
    return np.clip(drawn, 0, 255).astype("uint8"), kinds.astype("int64")


def strokes(count, size=28, seed=0):
    """Draws digit-like strokes of three kinds on black.

    Returns:
        Images (count, size, size), uint8, and their kinds (count,).
    """
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size] * 28 / size
    kinds = random.integers(0, 3, count)
    drawn = []
    for kind in kinds:
        row, column = random.uniform(11, 17, 2)
        angle = random.uniform(-0.4, 0.4)
        across = (columns - column) * np.cos(angle)
        across += (rows - row) * np.sin(angle)
        radius = np.hypot(rows - row, columns - column)
        ring = np.exp(-((radius - random.uniform(5, 8)) ** 2) / 2)
        line = np.exp(-(across**2) / 2) * (abs(rows - row) < 9)
        drawn.append((ring, line, np.maximum(0.6 * ring, line))[kind])
    return np.uint8(255 * np.clip(drawn, 0, 1)), kinds.astype("int64")


def signals(count, length=96, channels=1, seed=0):
    """Draws oscillations of two frequencies with noise.

    Returns:
        Signals (count, length, channels), float32, and kinds (count,).
    """
    random = np.random.default_rng(seed)
    kinds = random.integers(0, 2, count)
    time = np.arange(length)[:, None]
    drawn = []
    for kind in kinds:
        period = (8, 19)[kind] * random.uniform(0.9, 1.1, channels)
        phase = random.uniform(0, 2 * np.pi, channels)
        noise = 0.2 * random.normal(size=(length, channels))
        drawn.append(np.sin(2 * np.pi * time / period + phase) + noise)
    return np.float32(drawn), kinds.astype("int64")


def volumes(count, size=16, depth=8, seed=0):
    """Draws scans with a bright ball inside, in one half or the other.

    Returns:
        Volumes (count, size, size, depth, 1), float32 in [0, 1], and the half
        (count,).
    """
    random = np.random.default_rng(seed)
    grid = np.mgrid[:size, :size, :depth].astype("float32")
    kinds = random.integers(0, 2, count)
    drawn = []
    for kind in kinds:
        centre = [size * (0.3 + 0.4 * kind), size / 2, depth / 2]
        centre = np.add(centre, random.uniform(-1, 1, 3))
        squared = ((grid - centre[:, None, None, None]) ** 2).sum(axis=0)
        noise = random.uniform(0, 0.2, squared.shape)
        drawn.append(0.7 * np.exp(-squared / 8) + noise)
    return np.clip(drawn, 0, 1)[..., None].astype("float32"), kinds
