"""The audit of an output folder: the answer derived again from the inputs, by nothing that made it."""
