"""When does a latent space become sampleable? Autoencoders, VAEs and beta-VAEs in JAX."""

__version__ = "0.1.0"
