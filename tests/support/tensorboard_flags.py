"""The flags of TensorBoard that test applications read."""


class Flags:
    """Returns flags for TensorBoard's application."""

    path_prefix = ""
    generic_data = "true"
    samples_per_plugin = None
