"""Images: how they are parametrized, moved and sized."""
