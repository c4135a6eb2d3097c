"""A page to explore the latent spaces of a sweep in; its decoders run live. No JAX."""
