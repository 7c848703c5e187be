"""Measures of filters and of their images, taken on the data."""
