"""Posterior families q(z|x). Add one: a file here, and a line below."""

POSTERIORS = {"gaussian": "vae_jax.posteriors.gaussian:gaussian"}
