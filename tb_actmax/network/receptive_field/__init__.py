"""Receptive fields, read from the graph of operations."""
