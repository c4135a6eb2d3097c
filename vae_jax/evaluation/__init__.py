"""Metric families. Add one: a file here, and a line below.

A factory takes its settings from the config and returns a `Metric`: a function of a
`Subject` (`evaluation/subject.py`) that returns its numbers by split and name.
"""

METRICS = {
    "rate_distortion": "vae_jax.evaluation.rate_distortion:rate_distortion",
    "collapse": "vae_jax.evaluation.collapse:collapse",
    "information": "vae_jax.evaluation.information:information",
    "iwae": "vae_jax.evaluation.iwae:iwae",
    "ais": "vae_jax.evaluation.ais:ais",
    "exact": "vae_jax.evaluation.exact:exact",
    "aggregate": "vae_jax.evaluation.aggregate:aggregate",
    "samples": "vae_jax.evaluation.samples:samples",
    "holes": "vae_jax.evaluation.holes:holes",
    "interpolation": "vae_jax.evaluation.interpolation:interpolation",
}
