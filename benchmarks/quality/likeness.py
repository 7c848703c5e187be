"""Likeness of images to planted templates."""

import numpy as np

from benchmarks.networks import planted_grey


def correlation(a, b):
    """Returns the correlation of two arrays; 0 if one is flat."""
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale > 1e-9 else 0.0


class Planted:
    """Scores images by their likeness to planted templates.

    Args:
        case: The layer, with its templates.
    """

    def __init__(self, case):
        self._case = case
        # Pooling hides small shifts of a template, which may stick out of an
        # image that is no larger: beyond it lies the mean of the data.
        self._slack = 0 if case.orientations is not None else 3
        self._mean = case.probe.mean(axis=(0, 1, 2))

    def __call__(self, images):
        """Returns the scores of images, one image a filter, in order."""
        case = self._case
        table = np.array(
            [
                [self._likeness(i, template) for template in case.templates]
                for i in images
            ]
        )
        own = table.diagonal()
        unique = (table >= own[:, None]).sum(axis=1) == 1
        found = {"likeness": own.mean(), "identified": unique.mean()}
        if case.orientations is not None:
            found["orientation"] = self._orientation(images)
        if case.colours is not None:
            found["colour"] = self._colour(images)
        return {name: float(value) for name, value in found.items()}

    def _likeness(self, image, template):
        height, width = template.shape[:2]
        rows, columns = (n + 2 * self._slack for n in image.shape[:2])
        framed = np.empty((rows, columns, image.shape[2]), np.float32)
        framed[:] = self._mean
        inside = slice(self._slack, -self._slack or None)
        framed[inside, inside] = image
        image = framed
        top = (image.shape[0] - height) // 2
        left = (image.shape[1] - width) // 2
        reach = range(-self._slack, self._slack + 1)
        fits = [-1.0]
        for y in (top + step for step in reach if top + step >= 0):
            for x in (left + step for step in reach if left + step >= 0):
                part = image[y : y + height, x : x + width]
                if part.shape == template.shape:
                    fits.append(correlation(part, template))
        return max(fits)

    def _middle(self, image):
        size = planted_grey.KERNEL
        top = (image.shape[0] - size) // 2
        left = (image.shape[1] - size) // 2
        part = image[top : top + size, left : left + size]
        return part - part.mean(axis=(0, 1))

    def _axis(self, image):
        """Returns the main colour direction, and the image along it."""
        part = self._middle(image)
        _, _, axes = np.linalg.svd(
            part.reshape(-1, part.shape[-1]), full_matrices=False
        )
        return axes[0], part @ axes[0]

    def _orientation(self, images):
        angles = np.radians(np.arange(0, 180, 1.0))
        errors = []
        for image, truth in zip(images, self._case.orientations, strict=True):
            _, part = self._axis(image)
            fits = [
                abs(correlation(part, planted_grey.gabor(angle, wave)))
                for angle in angles
                for wave in (4.0, 5.0, 6.0)
            ]
            best = angles[int(np.argmax(fits)) // 3]
            off = np.degrees(best - truth)
            errors.append(abs((off + 90) % 180 - 90))
        return np.median(errors)

    def _colour(self, images):
        errors = []
        for image, truth in zip(images, self._case.colours, strict=True):
            axis, _ = self._axis(image)
            errors.append(np.degrees(np.arccos(min(1.0, abs(axis @ truth)))))
        return np.median(errors)
