"""Scores of images that need no human.

Every image is placed in the middle of a canvas of the data's mean, as large as
the network's input. Its activation of a filter is the highest one over the
positions whose receptive field is centred in the image. *Grey* is the canvas
alone.
"""

import numpy as np

from benchmarks.quality.likeness import correlation
from tb_actmax.measures.robustness import transformed

_WEAK = 0.05  # of the layer's median span; filters below are left out
_PATCHES = 4  # exemplars that an image is compared with


class Trained:
    """Scores images by their activations, relative to those of the data.

    Args:
        case: The layer.
    """

    def __init__(self, case):
        self.case = case
        probe = case.probe
        self.mean = probe.mean(axis=(0, 1, 2))
        maps = case.maps(probe)
        self.rows = maps.shape[1]
        self.stride = probe.shape[1] / self.rows
        peaks = maps.reshape(len(maps), -1, maps.shape[-1])
        self.peaks = peaks.max(axis=1)
        self.peak_positions = peaks.argmax(axis=1)
        self.most = self.peaks.max(axis=0)
        self.grey = self._act(self._canvas(np.empty((1, 0, 0, 1))), 0)[0][0]
        span = self.most - self.grey
        self.alive = span > _WEAK * np.median(span)
        self.span = np.maximum(span, 1e-6)
        self.tops = [self._top(index) for index in case.filters]
        self._readout = self._fit(maps) if case.twin is not None else None

    def best_real(self, skip=0):
        """Returns the top exemplar of each filter."""
        return np.stack([patches[skip] for patches in self.tops])

    def __call__(self, images):
        """Returns the scores of images, one image a filter, in order."""
        size = images.shape[1]
        canvas = self._aligned(images)
        act, positions = self._act(canvas, size)
        lift = (act - self.grey) / self.span
        own = lift.diagonal()
        alive = self.alive
        flat = (
            images.std(axis=(1, 2)).max(axis=-1) < 0.02 * self.case.probe.std()
        )
        low, high = float(self.case.probe.min()), float(self.case.probe.max())
        after = [
            self._lift(some, size)
            for some in transformed(canvas, self.mean, (low, high))
        ]
        robust = np.mean(after, axis=0)
        larger = (lift > own[:, None]).sum(axis=1)
        equal = (lift == own[:, None]).sum(axis=1) - 1
        first = (larger == 0) * np.where(equal > 0, 0.5, 1.0)
        crops = [
            self._crop(canvas[i], positions[i, i]) for i in range(len(images))
        ]
        like = np.array(
            [
                [np.mean([correlation(c, p) for p in top]) for top in self.tops]
                for c in crops
            ]
        )
        mine = like.diagonal()
        others = ~np.eye(len(like), dtype=bool)
        better = np.where(others, mine[:, None] > like, 0).sum(1)
        found = {
            "lift": np.mean(own[alive]),
            "fail": np.mean(own[alive] < 0.25),
            "dead": np.mean(flat[alive]),
            "lift_T": np.mean(robust[alive]),
            "sel1": np.mean(first[alive]),
            "afc": np.mean(better[alive] / (len(like) - 1)),
            "patches": np.mean(mine[alive]),
        }
        if self._readout is not None:
            found["transfer"] = np.mean(
                self._transfer(canvas, positions)[alive]
            )
        return {name: float(value) for name, value in found.items()}

    def _canvas(self, images, shift=(0, 0)):
        shape = self.case.probe.shape[1:]
        canvas = np.empty((len(images), *shape), np.float32)
        canvas[:] = self.mean
        height, width = images.shape[1:3]
        if images.size:
            top = max((shape[0] - height) // 2 - shift[0], 0)
            left = max((shape[1] - width) // 2 - shift[1], 0)
            canvas[:, top : top + height, left : left + width] = images
        return canvas

    def _aligned(self, images):
        """Shifts each image to where the layer's stride fits it best."""
        best, highest = self._canvas(images), None
        reach = range(round(self.stride))
        for shift in ((y, x) for y in reach for x in reach):
            canvas = self._canvas(images, shift)
            act = self._act(canvas, images.shape[1])[0].diagonal().copy()
            if highest is None:
                highest = act
            better = act > highest
            best[better] = canvas[better]
            highest = np.maximum(highest, act)
        return best

    def _act(self, canvas, size):
        """Returns the peaks (n, filters) within the image, and their positions."""
        maps = self.case.maps(canvas)
        whole = canvas.shape[1]
        first = (whole - size) / 2
        centres = (np.arange(self.rows) + 0.5) * self.stride
        inside = (centres > first) & (centres < first + size)
        inside |= np.abs(centres - whole / 2) <= self.stride / 2
        positions = np.flatnonzero(np.outer(inside, inside))
        flat = maps.reshape(len(maps), -1, maps.shape[-1])[:, positions]
        return flat.max(axis=1), positions[flat.argmax(axis=1)]

    def _lift(self, canvas, size):
        act = self._act(canvas, size)[0].diagonal()
        return (act - self.grey) / self.span

    def _crop(self, image, position):
        """Crops the receptive field, padded with the mean."""
        field = self.case.field
        padded = np.empty(
            (
                image.shape[0] + 2 * field,
                image.shape[1] + 2 * field,
                image.shape[2],
            ),
            np.float32,
        )
        padded[:] = self.mean
        padded[field:-field, field:-field] = image
        row, column = divmod(int(position), self.rows)
        top = int(np.floor((row + 0.5) * self.stride - field / 2)) + field
        left = int(np.floor((column + 0.5) * self.stride - field / 2)) + field
        return padded[top : top + field, left : left + field]

    def _top(self, index):
        best = np.argsort(-self.peaks[:, index])[: _PATCHES + 1]
        return [
            self._crop(self.case.probe[i], self.peak_positions[i, index])
            for i in best
        ]

    def _fit(self, maps):
        """Fits a ridge regression of each filter on the twin's layer."""
        case = self.case
        other = self._sampled(np.maximum(case.maps(case.probe, case.twin), 0))
        own = self._sampled(maps)
        self._shift = other.mean(axis=0)
        centred = other - self._shift
        gram = centred.T @ centred
        gram += 1e-3 * np.trace(gram) / len(gram) * np.eye(len(gram))
        weights = np.linalg.solve(gram, centred.T @ (own - own.mean(axis=0)))
        offset = own.mean(axis=0)
        read = centred @ weights + offset
        return weights, offset, np.percentile(read, 99, axis=0)

    def _sampled(self, maps):
        flat = maps.reshape(-1, maps.shape[-1])
        return flat[:: max(1, len(flat) // 50_000)].astype(np.float64)

    def _transfer(self, canvas, positions):
        weights, offset, high = self._readout
        maps = np.maximum(self.case.maps(canvas, self.case.twin), 0)
        flat = maps.reshape(len(maps), -1, maps.shape[-1])
        index = np.arange(len(canvas))
        at = flat[index, positions[index, index]] - self._shift
        value = np.einsum("nc,cn->n", at, weights) + offset
        return (value - self.grey) / np.maximum(high - self.grey, 1e-6)
