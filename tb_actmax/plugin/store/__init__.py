"""Lists and reads the logs that TensorBoard has loaded."""
