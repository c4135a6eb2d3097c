"""When does a latent space become sampleable? Autoencoders, VAEs and beta-VAEs in JAX.

    run = vae_jax.train("digits:debug", workdir="runs/mine")  # or vae_jax.open("runs/mine")
    vae = run.member(beta=1.0, latents=8, seed=0)
    images = vae.sample(64)

What stands below is all that is public here; each is loaded when it is first used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

PUBLIC = {
    "train": "vae_jax.library.training:train",
    "open": "vae_jax.library.run:open_run",
    "config": "vae_jax.library.configs:config",
    "load_data": "vae_jax.library.configs:load_data",
    "Run": "vae_jax.library.run:Run",
    "VAE": "vae_jax.library.vae:VAE",
    "Codes": "vae_jax.library.vae:Codes",
    "Records": "vae_jax.library.records:Records",
    "UserError": "vae_jax.errors:UserError",
}
__all__ = ["__version__", *PUBLIC]


def __getattr__(name: str) -> Any:
    """One of `PUBLIC`, imported now: JAX takes seconds, and not everything needs it."""
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = PUBLIC[name].split(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
