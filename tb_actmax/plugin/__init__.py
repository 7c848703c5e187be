"""The TensorBoard side. Imports neither TensorFlow nor Keras."""
