"""Priors p(z), one file each; a factory returns a `Prior`."""
