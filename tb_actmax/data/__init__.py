"""The data: a sample of it, its statistics, and how it fits a model."""
