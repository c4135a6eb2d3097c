"""Autoencoder and beta-VAE on colour patches of photographs: when can they be sampled?

8x8 pixels in colour, cut from the two photographs that scikit-learn carries: data that is
always there. The likelihood is one of whole levels, so beta 1 is the ELBO.

    vae-jax sweep --config=patches --workdir=runs/patches
    vae-jax sweep --config=patches:debug --workdir=runs/try
"""

from ml_collections import ConfigDict


def get_config(variant: str = "default") -> ConfigDict:
    """Variants: `default` (3 seeds), `full` (5 seeds), `debug` (seconds)."""
    config = ConfigDict()
    config.title = "Colour patches of photographs: when can they be sampled?"
    config.notes = ""  # what the report says below its title
    config.dataset = ConfigDict(
        {
            "name": "patches",
            "size": 8,  # pixels
            "count": 10_000,  # to train on; a quarter as many are for testing
            "colour": True,
            # Moved by up to so many pixels and mirrored at random: none here.
            "crop": 0,
            "flip": False,
            "pixels": "",
            "display": "",
        }
    )
    config.network = ConfigDict({"name": "mlp", "hidden": (256,)})
    config.posterior = ConfigDict({"name": "gaussian"})
    config.prior = ConfigDict({"name": "standard_normal"})
    config.likelihood = ConfigDict({"name": "discretized_logistic"})
    config.objective = ConfigDict({"name": "elbo"})
    config.max_latents = 16

    config.epochs = 64  # 5,000 steps of each member
    config.batch_size = 128
    config.log_every = 4  # epochs
    config.checkpoint_every = 16  # epochs
    config.early_stopping = ConfigDict({"patience": 0})  # epochs; 0 never stops early

    # Where the grid says nothing, these hold.
    config.beta = 1.0
    config.latents = 8
    config.noise = 1.0
    config.learning_rate = 1e-3
    config.seed = 0
    config.warmup = 0.0  # epochs
    config.cycle = 0.0  # epochs

    config.autoencoder = True  # besides the grid: noise 0 and beta 0, each latents, seed
    config.sweep = ConfigDict(
        {"beta": (1.0, 4.0, 16.0, 64.0), "latents": (2, 16), "seed": (0, 1, 2)}
    )
    config.evaluation = ConfigDict(
        {
            "metrics": (
                *("rate_distortion", "collapse", "information"),
                *("aggregate", "samples", "holes", "interpolation"),
            ),
            "max_images": 2_500,  # of each split
        }
    )

    if variant == "full":
        config.sweep.seed = (0, 1, 2, 3, 4)
    elif variant == "debug":
        config.epochs, config.log_every, config.checkpoint_every = 2, 1, 2
        config.dataset.count = 1_000
        config.sweep = ConfigDict({"beta": (4.0,), "latents": (2, 16)})
        config.evaluation.max_images = 250
        config.evaluation.metrics = (
            {"name": "rate_distortion", "samples": 8},
            "collapse",
            {"name": "samples", "samplers": ("prior", "gaussian")},
        )
    elif variant != "default":
        raise ValueError(f"unknown variant {variant!r}: default, full or debug")
    return config.lock()
