"""From a run directory to pictures and pages. No JAX anywhere below."""
