"""The dashboard as one file, without TensorBoard."""
