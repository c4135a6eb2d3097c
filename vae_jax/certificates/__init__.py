"""Certificates: what this machine computes, beside what is known to be true.

Each is a function that yields `Check`s. Add one: a file here, and a line below.
"""

CERTIFICATES = {
    "likelihoods": "vae_jax.certificates.likelihoods:likelihoods",
    "bounds": "vae_jax.certificates.bounds:bounds",
    "surgery": "vae_jax.certificates.surgery:surgery",
    "scores": "vae_jax.certificates.scores:scores",
    "linear_vae": "vae_jax.certificates.linear_vae:linear_vae",
    "collapse": "vae_jax.certificates.collapse:collapse",
}
