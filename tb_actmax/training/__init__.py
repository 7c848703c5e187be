"""One training: its layers, its budget, its log."""
