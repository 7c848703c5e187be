"""Flags of TensorBoard, as far as applications in tests read them."""


class Flags:
    """Flags as TensorBoard's application reads them."""

    path_prefix = ""
    generic_data = "true"
    samples_per_plugin = None
