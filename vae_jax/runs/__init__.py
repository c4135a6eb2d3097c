"""The run directory: what a run keeps, and how it is read again."""
