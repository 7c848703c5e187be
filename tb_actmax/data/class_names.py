"""Names of classes."""

from collections.abc import Mapping, Sequence

_LONGEST = 100  # characters of a name that are kept


def check_class_names(names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Checks the names that a user has given for the classes, in order.

    Raises:
        ValueError: If they are not a list of strings.
    """
    if names is None:
        return None
    found: list[str] = []
    listed = isinstance(names, Sequence) or hasattr(names, "tolist")
    if listed and not isinstance(names, str | Mapping):
        found = list(names)
    if not found or not all(isinstance(name, str) for name in found):
        raise ValueError(
            "class_names must be a list with the name of each class, for "
            f"instance ['cat', 'dog'], not {names!r:.60}."
        )
    return tuple(str(name)[:_LONGEST] for name in found)


def check_labels(names: Sequence[str], largest: int) -> None:
    """Raises a `ValueError` if there are fewer names than classes."""
    if largest >= len(names):
        raise ValueError(
            f"The probe has labels up to {largest}, which count from 0; "
            f"class_names has {len(names)} names. It takes one for each class."
        )


def carried_names(dataset: object) -> tuple[str, ...] | None:
    """Returns the class names that a dataset carries, or `None`.

    Datasets of `keras.utils.image_dataset_from_directory` have `class_names`.
    Older generators of Keras have `class_indices`, a dict from names to
    numbers.
    """
    names = getattr(dataset, "class_names", None)
    indices = getattr(dataset, "class_indices", None)
    if names is None and isinstance(indices, Mapping):
        numbers = {number: name for name, number in indices.items()}
        if sorted(map(str, numbers)) != sorted(map(str, range(len(numbers)))):
            return None
        names = [numbers[number] for number in sorted(numbers)]
    try:
        return check_class_names(names)
    except ValueError:  # an attribute of another meaning
        return None
