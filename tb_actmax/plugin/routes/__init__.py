"""The answers of the HTTP routes."""
