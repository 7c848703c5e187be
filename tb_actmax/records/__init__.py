"""What is stored, and how: events, images, files. Knows nothing of Keras."""
