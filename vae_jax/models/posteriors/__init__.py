"""Posterior families q(z|x), one file each; a factory returns a `PosteriorFamily`."""
