"""A page in which the latent spaces of a sweep are explored; its decoders run live. No JAX."""
