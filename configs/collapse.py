"""Posterior collapse on the 8x8 digits: what each remedy can cure, and what it cannot.

45 members, one program: 75 seconds on 2 CPU cores.

    vae-jax sweep --config=collapse --workdir=runs/collapse
    vae-jax sweep --config=collapse:debug --workdir=runs/try

Under cross-entropy no dimension is worth its rate (to second order in the code) from beta
3.295 on, the largest eigenvalue of the standardised pixels (tests/test_collapse.py). Below,
full collapse is a failure of the optimiser, and this network, three hidden layers at a
learning rate of 1e-2, does fail.

Test rate in nats, live dimensions (train rate above 0.01 nat) of the three seeds, and the
training objective D + beta R (training images), which the first three rows of each beta
all descend to:

                                beta 1                beta 2                beta 4
    plain                 2.40  1 1 1  24.46    0.00  0 0 0  27.11    0.00  0 0 0  27.11
    warm-up 100           3.86  4 4 4  23.60    1.60  3 3 3  26.42    0.00  0 0 0  27.11
    warm-up 50, cycle 100 3.96  4 3 4  23.64    1.90  3 2 3  26.38    0.00  0 0 0  27.11
    free bits 0.1         3.48  8 8 8  23.86    0.99  8 8 8  26.88    0.82  8 8 8  28.53
    capacity 3            3.48  2 3 3  23.62    3.30  2 2 2  26.96    3.07  2 2 2  33.73

At beta 1 and 2 the plain objective collapses, in part and wholly, although it has better
points: both warm-ups find them. At beta 4 no schedule helps: the rate of the first epochs
is gone once beta is full, and later cycles do not bring it back. Free bits and capacity
keep a rate there because they change the objective, and pay for it in D + beta R. Free bits
hold every dimension near its floor; a capacity fixes the sum, and puts it into few.
"""

from ml_collections import ConfigDict

REMEDIES = (
    {"warmup": 0.0},  # the plain objective
    {"warmup": 100.0},  # epochs
    {"warmup": 50.0, "cycle": 100.0},  # epochs
    {"objective.free_bits": 0.1},  # nats per dimension
    {"objective.capacity": 3.0},  # nats
)


def get_config(variant: str = "default") -> ConfigDict:
    """Variants: `default` (3 seeds), `full` (5 seeds), `debug` (seconds)."""
    config = ConfigDict()
    config.dataset = ConfigDict({"name": "digits"})
    # Deep, and trained at ten times the usual rate: what Adam does to it at first decides.
    config.network = ConfigDict({"name": "mlp", "hidden": (128, 128, 128)})
    config.posterior = ConfigDict({"name": "gaussian"})
    config.prior = ConfigDict({"name": "standard_normal"})
    config.likelihood = ConfigDict({"name": "bernoulli"})  # cross-entropy on grey levels
    config.objective = ConfigDict({"name": "elbo"})
    config.max_latents = 8

    config.epochs = 400  # four cycles
    config.batch_size = 128
    config.log_every = 25  # epochs
    config.checkpoint_every = 200  # epochs
    config.early_stopping = ConfigDict({"patience": 0})  # epochs; 0 never stops early

    # Where the grid says nothing, these hold.
    config.beta = 1.0
    config.latents = 8
    config.noise = 1.0
    config.learning_rate = 1e-2
    config.seed = 0
    config.warmup = 0.0  # epochs
    config.cycle = 0.0  # epochs

    config.autoencoder = False
    config.sweep = ConfigDict(
        {"points": REMEDIES, "beta": (1.0, 2.0, 4.0), "seed": (0, 1, 2)}
    )
    config.evaluation = ConfigDict(
        {
            "metrics": ("rate_distortion", "collapse", "information"),
            "max_images": 10_000,  # of each split
        }
    )

    if variant == "full":
        config.sweep.seed = (0, 1, 2, 3, 4)
    elif variant == "debug":
        config.epochs, config.log_every, config.checkpoint_every = 10, 5, 5
        config.sweep = ConfigDict({"points": REMEDIES, "beta": (4.0,)})
        config.evaluation.metrics = ("rate_distortion", "collapse")
    elif variant != "default":
        raise ValueError(f"unknown variant {variant!r}: default, full or debug")
    return config.lock()
