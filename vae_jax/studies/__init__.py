"""From a config to the members of a sweep and the programs that train them. No JAX."""
