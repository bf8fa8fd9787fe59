"""The night: what happened is posted, what came free is offered to who waits, and everybody is told."""
