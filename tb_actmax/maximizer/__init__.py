"""Activation maximization."""
