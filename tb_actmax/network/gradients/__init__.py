"""Gradients of a network with respect to images."""
