"""The package in Python: train, open a run, load a member. `vae_jax` itself exports it."""
