"""Parametrization, movements and sizes of images."""
