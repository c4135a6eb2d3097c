"""Metric families. Add one: a file here, and a line below.

A factory takes `dataset` and `samples` (posterior samples per image) from the program and
returns a `Metric`.
"""

METRICS = {
    "rate_distortion": "vae_jax.evaluation.rate_distortion:rate_distortion",
    "collapse": "vae_jax.evaluation.collapse:collapse",
    "samples": "vae_jax.evaluation.samples:samples_from_prior",
}
