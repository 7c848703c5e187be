"""Filters of two layers, paired by their responses to the same data."""
