"""Datasets. Add one: a file here, and a line below.

A factory takes the settings under `dataset` in the config and returns a `Dataset`. It
uses NumPy only, so that bad data is answered before JAX is loaded.
"""

DATASETS = {
    "digits": "vae_jax.datasets.digits:digits",
    "idx": "vae_jax.datasets.idx:idx",
    "npz": "vae_jax.datasets.npz:npz",
}
