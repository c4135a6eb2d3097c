"""Keys and numbers by the texts that tables have of them: `fd_clf@prior`."""

from vae_jax.scores import catalogue


def key(text):
    """The key of `metric`, or of `metric@sampler`."""
    metric, _, sampler = text.partition("@")
    return catalogue.read(metric, sampler)


def by_text(estimates):
    """Estimates by split and text."""
    return {(split, str(name)): estimate for (split, name), estimate in estimates.items()}
