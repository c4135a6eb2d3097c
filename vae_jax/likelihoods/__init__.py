"""Likelihoods p(x|z). Add one: a file here, and a line below."""

LIKELIHOODS = {"bernoulli": "vae_jax.likelihoods.bernoulli:bernoulli"}
