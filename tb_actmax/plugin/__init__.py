"""The TensorBoard plugin. Imports neither TensorFlow nor Keras."""
