"""`python -m vae_jax sweep ...` does what the command `vae-jax sweep ...` does."""

from vae_jax.console.main import main

main()
