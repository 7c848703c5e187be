"""Numbers of epochs and batches."""


def counted(count: int, unit: str) -> str:
    """Returns "1 epoch", "3 epochs" or "3 batches"."""
    return f"{count} {unit if count == 1 else plural(unit)}"


def plural(unit: str) -> str:
    """Returns "epochs" or "batches"."""
    return "batches" if unit == "batch" else f"{unit}s"
