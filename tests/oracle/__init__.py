"""A second account of what is right, written from the definition with the standard library alone."""
