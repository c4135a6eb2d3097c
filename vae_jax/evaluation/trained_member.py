"""One trained member, as metrics see it: its codes, its decoder, its random numbers.

A member is evaluated by itself, in calls whose shapes depend on nothing else, so its
numbers do not depend on what is evaluated beside it.
"""

import traceback
import zlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import cached_property, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vae_jax.errors import Interrupted
from vae_jax.evaluation.estimators.blocks import encoded
from vae_jax.evaluation.estimators.threefry import written_out
from vae_jax.evaluation.reference import Reference
from vae_jax.keys import metric_key
from vae_jax.models.support import why_not_a_likelihood
from vae_jax.scores import kde
from vae_jax.scores.estimate import Estimate, Estimates, no_value
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import MetricKey
from vae_jax.studies.member import Member
from vae_jax.types import HParams, Model, Params, PRNGKey

ROWS = 2_000  # latent points or images in one call; the last call is padded


class Codes(NamedTuple):
    """What a split is encoded to, in the dimensions in use; float64."""

    mean: Float[np.ndarray, "N L"]
    std: Float[np.ndarray, "N L"]  # 0 for an autoencoder
    sample: Float[np.ndarray, "N L"]  # one draw of q(z|x) per image


class NotFinite(ArithmeticError):
    """Codes or images of a member are infinite or not a number: there is no score."""


class Failure(NamedTuple):
    """An exception that ended a measurement."""

    reason: str  # its type and message, in a line
    traceback: str


class TrainedMember:
    """A member with everything that a metric may ask of it; answers are kept."""

    def __init__(
        self,
        model: Model,
        params: Params,
        hparams: HParams,
        member: Member,
        reference: Reference,
        images: Mapping[str, Array],
        compiled: dict[Any, Future],
    ) -> None:
        """`images`: both splits in [0, 1], on the device where the member is evaluated.

        `compiled` is shared by the members of a program, and by the threads that evaluate
        them: each function is compiled once, by whoever needs it first.
        """
        self.model, self.params, self.hparams = model, params, hparams
        self.member, self.reference, self.images = member, reference, images
        self.compiled = compiled
        self.failures: list[Failure] = []  # what `attempt` had to give up

    def attempt(
        self, keys: Iterable[tuple[str, MetricKey]], measure: Callable[[], Estimates]
    ) -> Estimates:
        """What `measure` returns, or what is lost with it: see the function `attempt`."""
        return attempt(keys, measure, self.failures)

    def run(self, function: Callable, *arrays: Any, **static: Any) -> Any:
        """`function(model, params, *arrays, hparams, **static)`, compiled; NumPy arrays."""
        arguments = (self.params, *arrays, self.hparams)
        types = map(jax.typeof, jax.tree.leaves(arguments))
        name = (function, *sorted(static.items()), self.hparams.seed.device, *types)
        own: Future = Future()
        compiled = self.compiled.setdefault(name, own)
        if compiled is own:  # no other thread has begun with it: they wait for this one
            try:
                jitted = jax.jit(partial(function, self.model, **static))
                own.set_result(jitted.lower(*arguments).compile())
            except BaseException as error:
                own.set_exception(error)
        return jax.device_get(compiled.result()(*arguments))

    def key(self, use: str, split: str = "test") -> PRNGKey:
        """The member's key for one use: members that share a seed share their draws."""
        return written_out(metric_key(self.hparams, use, split))

    def rng(self, use: str) -> np.random.Generator:
        """The same for NumPy."""
        return np.random.default_rng((self.member.seed, zlib.crc32(use.encode())))

    def codes(self, split: str) -> Codes:
        """The codes of the images of a split."""
        return self.codes_of_splits[split]

    @cached_property
    def codes_of_splits(self) -> dict[str, Codes]:
        """The codes of both splits."""
        found = {}
        for split, x in self.images.items():
            arrays = self.run(codes, x, self.key("codes", split))
            used = (np.asarray(a, np.float64)[:, : self.member.latents] for a in arrays)
            found[split] = Codes(*used)
            for array in found[split]:
                check_finite(array, f"codes of the {split} images")
        return found

    def partial(self, split: str, count: int) -> tuple[Flag, ...]:
        """The flag of a mean over the first `count` images of a split; none over all."""
        return (Flag.PARTIAL,) if count < len(self.images[split]) else ()

    @property
    def not_a_likelihood(self) -> str:
        """Why -log p(x|z) is none on these pixels; empty if it is one."""
        reference = self.reference
        return why_not_a_likelihood(
            self.model.likelihood.support, reference.levels, reference.pixels
        )

    @cached_property
    def density(self) -> kde.Kde:
        """The kernel density of the codes of the training images."""
        return kde.fit(self.codes("train").sample, self.rng("density"))

    def prior(self, use: str, count: int) -> Float[np.ndarray, "n L"]:
        """Draws of p(z), in the dimensions in use."""
        z = self.model.prior.sample(self.key(use), self.hparams, count)
        return np.asarray(z, np.float64)[:, : self.member.latents]

    def decode(self, z: Float[np.ndarray, "n L"]) -> Float[np.ndarray, "n D"]:
        """E[x|z], pixels in [0, 1]."""
        width = len(self.hparams.latent_mask)
        return self.by_rows(decoded_mean, np.pad(z, ((0, 0), (0, width - z.shape[1]))))

    def encode(self, images: Float[np.ndarray, "n D"]) -> Float[np.ndarray, "n L"]:
        """E[z|x], in the dimensions in use."""
        return self.by_rows(encoded_mean, images)[:, : self.member.latents]

    def encode_again(self, z: Float[np.ndarray, "n L"]) -> Float[np.ndarray, "n L"]:
        """E[z|x] at x = E[x|z], in the dimensions in use: what is left of z itself."""
        blocks = [z[start : start + ROWS] for start in range(0, len(z), ROWS)]
        return np.concatenate([self.encode(self.decode(some)) for some in blocks])

    def by_rows(self, function: Callable, rows: np.ndarray) -> np.ndarray:
        """Runs a function so many rows at a time: one program for any number of them."""
        whole = np.asarray(rows, np.float32)
        found = []
        for start in range(0, len(whole), ROWS):
            some = whole[start : start + ROWS]
            padded = np.pad(some, ((0, ROWS - len(some)), (0, 0)))
            found.append(self.run(function, jnp.asarray(padded))[: len(some)])
        whole = np.concatenate(found).astype(np.float64)
        check_finite(whole, "codes or decoded images")
        return whole


def codes(
    model: Model, params: Params, x: Float[Array, "N D"], key: PRNGKey, hparams: HParams
) -> tuple[Array, Array, Array]:
    """Mean, spread and one draw of q(z|x); the spread of an autoencoder is 0."""
    q = encoded(model, params, x, hparams)
    return q.mean, hparams.noise * jnp.exp(0.5 * q.log_var), model.sample(key, q, hparams)


def decoded_mean(
    model: Model, params: Params, z: Float[Array, "n K"], hparams: HParams
) -> Float[Array, "n D"]:
    """E[x|z]."""
    del hparams
    return model.likelihood.mean(model.decode(params, z))


def encoded_mean(
    model: Model, params: Params, x: Float[Array, "n D"], hparams: HParams
) -> Float[Array, "n K"]:
    """E[z|x]."""
    return model.encode(params, x, hparams).mean


def attempt(
    keys: Iterable[tuple[str, MetricKey]],
    measure: Callable[[], Estimates],
    failures: list[Failure],
) -> Estimates:
    """What `measure` returns; an empty estimate, flagged, of each key if it raises.

    `keys`, (split, key), are what is lost with it. The exception is added to `failures`,
    unless it is `NotFinite`, which is an answer.
    """
    try:
        return measure()
    except Interrupted:
        raise
    except NotFinite as error:  # said of the member, and nobody's mistake
        return dict.fromkeys(keys, no_value(Flag.NOT_FINITE, str(error)))
    except Exception as error:  # whatever a metric raises, the other numbers stay
        reason = shortened(" ".join(f"{type(error).__name__}: {error}".split()))
        failures.append(Failure(reason, traceback.format_exc()))
        return dict.fromkeys(keys, no_value(Flag.FAILED, reason))


def check_finite(rows: np.ndarray, what: str) -> None:
    """Raises `NotFinite` where a number of some rows is not."""
    if wild := int((~np.isfinite(rows)).any(axis=1).sum()):
        raise NotFinite(f"infinite or not a number: {wild} of {len(rows)} {what}")


def shortened(reason: str, most: int = 200) -> str:
    """A reason that fits into the cell of a table."""
    return reason if len(reason) <= most else f"{reason[: most - 3]}..."


Metric = Callable[[TrainedMember], Estimates]
Sampler = Callable[[TrainedMember, str, int], np.ndarray]  # (subject, use, n) -> z [n, L]


def no_posterior(member: Member) -> Estimate | None:
    """The rate, bound or likelihood that a member cannot have; None if it has them."""
    if member.has_posterior:
        return None
    why = f"trained with posterior noise of scale {member.noise:zg}, not with its q(z|x)"
    if member.noise == 0.0:
        why = "an autoencoder has no posterior"
    return no_value(Flag.NO_POSTERIOR, why)
