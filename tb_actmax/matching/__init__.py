"""Matches filters of two layers by their responses to the same data."""
