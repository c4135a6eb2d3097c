"""The vocabulary of the package: array aliases and the records that flow.

A study is a validated config. Its programs are what is compiled; a program trains its
members block by block (what is saved together), a block group by group (what one call
trains). A member is one model: its traced numbers, and the fields that select its program.

Shape letters used everywhere: B batch, D data dimensions (flattened), K latent
dimensions (the *maximum*; smaller models mask the rest), M members of a sweep,
N images of a split, S posterior samples. Quantities are in nats per image.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtyping import Array, Bool, Float, Int, Key, Num, PyTree

from vae_jax.hyperparameters import DECLARING, NAMES

Params = PyTree[Float[Array, "..."]]
Scalar = Float[Array, ""]
PRNGKey = Key[Array, ""]


class ModelSpec(NamedTuple):
    """What selects a compiled program: everything static about a model and its data."""

    network: dict[str, Any]
    posterior: dict[str, Any]
    prior: dict[str, Any]
    likelihood: dict[str, Any]
    objective: dict[str, Any]
    max_latents: int
    data_shape: tuple[int, ...]
    levels: int  # of the stored pixels; 0 means floats
    pixels: str = "grey"  # how they are presented: see `data/pixels.py`
    augment: tuple[int, bool] = (0, False)  # how training images are cropped and flipped


class HParams(
    namedtuple(
        "HParamsArrays",
        (
            *("latent_mask" if name == "latents" else name for name in NAMES),
            "ramp",
            *DECLARING,
        ),
        defaults=(1.0, *({} for _ in DECLARING)),
    )
):
    """A member's numbers as arrays: what a sweep may `vmap` over. Nothing here is static.

    A scalar for each number of `hyperparameters.COMMON`, float32 but for `seed`, uint32;
    for `latents` stands `latent_mask` [K], 1 where a dimension is in use, else 0. Then

    - `ramp`: the share, 0 to 1, of its final value that a scheduled number has at this
      step (`training/schedules.py`); 1 outside training;
    - `objective`, `posterior`, `prior`: the numbers that the factory declares, by name:
      `hparams.objective["capacity"]`.
    """

    __slots__ = ()


class Posterior(NamedTuple):
    """Mean and log-variance of a diagonal Gaussian q(z|x), [B K] each."""

    mean: Float[Array, "*B K"]
    log_var: Float[Array, "*B K"]


class Terms(NamedTuple):
    """What an objective comes to on a batch: means over its images, nats per image."""

    loss: Scalar  # what the optimiser descends
    rate: Scalar  # E KL(q(z|x) || p(z))
    distortion: Scalar  # E -log p(x|z)


class Network(NamedTuple):
    """Encoder and decoder as pure functions of their parameters."""

    init: Callable[[PRNGKey], Params]  # {"encoder": ..., "decoder": ...}
    encode: Callable[[Params, Array], Array]  # (params, x [B D]) -> [B, P K]
    decode: Callable[[Params, Array], Array]  # (params, z [B K]) -> [B, C D]
    first_kernel: tuple[str, ...]  # path, in the decoder, of the kernel that reads z


class PosteriorFamily(NamedTuple):
    """A family q(z|x): reads the encoder's output and draws from the result."""

    parameters: int  # encoder outputs per latent dimension, P
    read: Callable[[Array, HParams], Posterior]  # ([B, P K], hparams) -> Posterior
    sample: Callable[..., Array]  # (key, posterior, hparams) -> z [B K]
    log_prob: Callable[..., Array]  # (posterior, z, hparams) -> [B K]


class Prior(NamedTuple):
    """A prior p(z) over the dimensions in use; every other dimension counts nothing."""

    sample: Callable[[PRNGKey, HParams, int], Array]  # (key, hparams, n) -> [n K]
    log_prob: Callable[[Array, HParams], Array]  # (z, hparams) -> [B]
    kl: Callable[[Posterior, HParams], Array]  # (posterior, hparams) -> [B K]


class Likelihood(NamedTuple):
    """A likelihood p(x|z): pure functions of the decoder's output [B, C D + shared].

    What images share (the spread of a Gaussian, say) is learned beside the networks and
    appended to every row by `Model.decode`.
    """

    channels: int  # decoder outputs per pixel, C
    log_prob: Callable[[Array, Array], Array]  # (out, x) -> [B]
    mean: Callable[[Array], Array]  # out -> E[x|z] [B D]
    sample: Callable[[PRNGKey, Array], Array]  # (key, out) -> x [B D]
    fit: Callable[[Array], Array]  # x [N D] -> the one row of output that explains x best
    support: str  # "binary" {0, 1}, "levels" k / (levels - 1), "unit" [0, 1] or "real"
    shared: tuple[float, ...] = ()  # first values of the scalars that images share


class Model(NamedTuple):
    """A latent-variable model as pure functions; `params` always comes first."""

    init: Callable[[PRNGKey, HParams], Params]
    unit: Callable[[Array], Array]  # stored pixels [B D] -> floats in [0, 1]
    present: Callable[[PRNGKey, Array], Array]  # stored -> what a training step sees
    encode: Callable[[Params, Array, HParams], Posterior]
    sample: Callable[[PRNGKey, Posterior, HParams], Array]  # z ~ q(z|x) [B K]
    decode: Callable[[Params, Array], Array]
    posterior: PosteriorFamily
    prior: Prior
    likelihood: Likelihood


Objective = Callable[[Model, Params, Array, PRNGKey, HParams], Terms]


class Images(NamedTuple):
    """What members train on, stored pixels; every member reads the same."""

    train: Num[Array, "N D"]
    valid: Num[Array, "V D"] | tuple[()]  # empty where nothing stops early


class Best(NamedTuple):
    """The parameters with the least validation objective so far, and when they came."""

    params: Params
    loss: Float[Array, ""]
    epoch: Int[Array, ""]


class TrainState(NamedTuple):
    """Everything of a member that changes during training, and nothing else."""

    step: Int[Array, ""]
    params: Params
    opt_state: Any
    diverged_at: Int[Array, ""]  # the step that was not finite; -1 while all is well
    diverged_loss: Float[Array, ""]  # the loss of that step; 0 while all is well
    stopped_at: Int[Array, ""]  # the epoch of early stopping; -1 before it
    best: Best | tuple[()]  # empty where nothing stops early


class Log(NamedTuple):
    """What one call of the training program says of a member."""

    terms: Terms  # means over the steps it trained; NaN if it trained none
    active_units: Int[Array, ""]  # on the first training images
    rates: Float[Array, "K"]  # of each dimension, on those images; nats
    trained: Int[Array, ""]  # steps of this call
    diverged: Bool[Array, ""]
    running: Bool[Array, ""]  # whether there is any more for it to train
