"""Gradient ascent on images."""
