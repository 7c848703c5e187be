"""What a unit sees of the image, read from the graph of operations."""
