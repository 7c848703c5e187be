"""Maximizing on several devices."""
