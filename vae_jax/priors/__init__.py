"""Priors p(z). Add one: a file here, and a line below."""

PRIORS = {"standard_normal": "vae_jax.priors.standard_normal:standard_normal"}
