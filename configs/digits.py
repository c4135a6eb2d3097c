"""Autoencoder, VAE and beta-VAE on the 8x8 digits: when can the latent space be sampled?

The network of the original articles, 64-256-K, for every K. 96 members, one program.

    vae-jax sweep --config=digits --workdir=runs/digits
    vae-jax sweep --config=digits:debug --workdir=runs/try
"""

from ml_collections import ConfigDict

DEBUG_METRICS = (
    {"name": "rate_distortion", "samples": 8},
    "collapse",
    {"name": "samples", "samplers": ("prior", "gaussian")},
)


def get_config(variant: str = "default") -> ConfigDict:
    """Variants: `default` (3 seeds), `full` (5 seeds), `debug` (seconds)."""
    config = ConfigDict()
    config.title = ""  # what pages call the run, instead of its directory
    config.notes = ""  # what the report says below its title
    # Left empty: not given. `path` is for what lies somewhere, with dataset.name=path: a
    # folder of images, an array, idx files, ... (docs/data.md).
    config.dataset = ConfigDict(
        {
            "name": "digits",
            "path": "",
            "array": "",
            "labels": "",
            "pixels": "",
            "display": "",
            "crop": 0,  # pixels by which training images are moved at random
            "flip": False,  # whether they are mirrored at random
        }
    )
    config.network = ConfigDict({"name": "mlp", "hidden": (256,)})
    config.posterior = ConfigDict({"name": "gaussian"})
    config.prior = ConfigDict({"name": "standard_normal"})
    # On grey levels this is a cross-entropy, not a likelihood: a beta of 1 here is a beta
    # of 16 under the binomial likelihood of these counts (docs/metrics.md).
    config.likelihood = ConfigDict({"name": "bernoulli"})
    # It has numbers of its own: `free_bits`, nats of each dimension's rate that cost
    # nothing, and `capacity`, nats that the rate is to have.
    config.objective = ConfigDict({"name": "elbo"})
    config.max_latents = 16

    config.epochs = 1_000
    config.batch_size = 128
    config.log_every = 25  # epochs
    config.checkpoint_every = 250  # epochs
    config.early_stopping = ConfigDict({"patience": 0})  # epochs; 0 never stops early

    # Where the grid says nothing, these hold.
    config.beta = 1.0
    config.latents = 2
    config.noise = 1.0
    config.learning_rate = 1e-3
    config.seed = 0
    # Schedules; 0 is none (docs/sweeps.md).
    config.warmup = 0.0  # epochs in which beta, or a capacity, rises
    config.cycle = 0.0  # epochs after which it rises again

    config.autoencoder = True  # besides the grid: noise 0 and beta 0, each latents, seed
    config.sweep = ConfigDict(
        {
            "beta": (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0),
            "latents": (2, 4, 8, 16),
            "seed": (0, 1, 2),
        }
    )
    config.evaluation = ConfigDict(
        {
            # Also there: "ais", and "exact" for one or two latents. A metric with settings
            # is a group: {"name": "iwae", "samples": 50_000}.
            "metrics": (
                "rate_distortion",
                "collapse",
                "information",
                "iwae",
                "aggregate",
                "samples",
                "holes",
                "interpolation",
            ),
            "max_images": 10_000,  # of each split
        }
    )

    if variant == "full":
        config.sweep.seed = (0, 1, 2, 3, 4)
    elif variant == "debug":
        config.epochs, config.log_every, config.checkpoint_every = 10, 5, 5
        config.sweep = ConfigDict({"beta": (0.25, 1.0), "latents": (2, 8)})
        config.evaluation.metrics = DEBUG_METRICS
    elif variant != "default":
        raise ValueError(f"unknown variant {variant!r}: default, full or debug")
    return config.lock()
