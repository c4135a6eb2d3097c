"""The tour of a run: stops of the explorer, with sentences computed from its numbers."""
