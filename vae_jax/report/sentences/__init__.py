"""The sentences of a report, computed from its numbers. No JAX."""
