"""Likelihoods p(x|z). Add one: a file here, and a line below.

A factory takes `levels`, the grey levels of the stored pixels (0 for floats), from the
program, its own settings from the config, and returns a `Likelihood`.
"""

LIKELIHOODS = {
    "bernoulli": "vae_jax.likelihoods.bernoulli:bernoulli",
    "binomial": "vae_jax.likelihoods.binomial:binomial",
    "beta_binomial": "vae_jax.likelihoods.beta_binomial:beta_binomial",
    "discretized_logistic": "vae_jax.likelihoods.discretized_logistic:discretized_logistic",
    "continuous_bernoulli": "vae_jax.likelihoods.continuous_bernoulli:continuous_bernoulli",
    "gaussian": "vae_jax.likelihoods.gaussian:gaussian",
}
