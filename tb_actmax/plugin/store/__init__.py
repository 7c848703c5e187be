"""What is logged, as TensorBoard has read it."""
