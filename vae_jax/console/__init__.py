"""Between the program and its user: command lines, progress, signals. No JAX."""
