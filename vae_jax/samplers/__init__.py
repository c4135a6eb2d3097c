"""Samplers: where z comes from when a model generates. Add one: a file here, a line below.

A factory takes its settings and returns a `Sampler`: `(subject, use, n) -> z [n, L]`.
"""

SAMPLERS = {
    "prior": "vae_jax.samplers.prior:prior",
    "gaussian": "vae_jax.samplers.gaussian:gaussian",
    "mixture": "vae_jax.samplers.mixture:mixture",
    "kde": "vae_jax.samplers.kde:kde",
    "aggregate": "vae_jax.samplers.aggregate:aggregate",
}
