"""Autoencoder, VAE and beta-VAE on MNIST, or any folder in its idx format.

The network of the original articles, 784-256-K, for every K. 54 members, one program.

    vae-jax sweep --config=mnist --config.dataset.path=DIR \
        --workdir=runs/mnist
    vae-jax sweep --config=mnist:debug --config.dataset.path=DIR \
        --workdir=runs/try
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
    # DIR holds train-images-idx3-ubyte[.gz], t10k-images-idx3-ubyte[.gz] and their labels.
    config.dataset = ConfigDict(
        {"name": "idx", "path": "data/mnist", "pixels": "", "display": ""}
    )
    config.network = ConfigDict({"name": "mlp", "hidden": (256,)})
    config.posterior = ConfigDict({"name": "gaussian"})
    config.prior = ConfigDict({"name": "standard_normal"})
    config.likelihood = ConfigDict({"name": "bernoulli"})  # cross-entropy on grey levels
    config.objective = ConfigDict({"name": "elbo"})
    config.max_latents = 32

    config.epochs = 30
    config.batch_size = 128
    config.log_every = 1  # epochs
    config.checkpoint_every = 10  # epochs
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
            "beta": (0.25, 0.5, 1.0, 2.0, 4.0),
            "latents": (2, 8, 32),
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
                # 5,000 samples, its default, take 15 s a member on 2 CPU cores.
                {"name": "iwae", "samples": 500},
                "aggregate",
                "samples",
                "holes",
                "interpolation",
            ),
            "max_images": 2_000,  # of each split
        }
    )

    if variant == "full":
        config.sweep.seed = (0, 1, 2, 3, 4)
    elif variant == "debug":
        config.epochs, config.checkpoint_every = 2, 1
        config.sweep = ConfigDict({"beta": (1.0,), "latents": (2, 8)})
        config.evaluation.metrics = DEBUG_METRICS
        config.evaluation.max_images = 500
    elif variant != "default":
        raise ValueError(f"unknown variant {variant!r}: default, full or debug")
    return config.lock()
