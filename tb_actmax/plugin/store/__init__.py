"""The logs that TensorBoard has read."""
