"""How images are parametrized, moved and sized."""
