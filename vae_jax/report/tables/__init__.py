"""The tables of a report, for pages and for terminals. No JAX."""
