"""The stored format: events, images and files. Imports no Keras."""
