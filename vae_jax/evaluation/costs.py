"""What evaluating a member takes, reckoned before it is begun, for `--plan`.

A metric counts its work in products of two numbers: passes of images through the encoder or
the decoder, and comparisons of one set of images or codes with another. How many of them a
core does in a second is measured when it is asked for. The shares below, of what a core
reaches in one large product, were measured with all metrics on images of 64 to 16,384
pixels (one core, 64-256-8): a sweep's evaluation came within a factor of two of them.
"""

import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from threadpoolctl import threadpool_limits

from vae_jax import registry
from vae_jax.data.dataset import Dataset
from vae_jax.evaluation.limits import RAW_PIXELS, compared_images, evaluated_images
from vae_jax.evaluation.reference import MAX_REAL
from vae_jax.models.operations import operations
from vae_jax.types import HParams, Model

F = TypeVar("F", bound=Callable[..., Any])
IN_NETWORKS, IN_COMPARISONS = 0.5, 0.3  # of the products a second in a large one
OVERHEAD = 0.08  # seconds of a metric besides
BASE, COPIES = 450e6, 5.0  # bytes of a process; copies of its samples that a member holds


class Sizes(NamedTuple):
    """The numbers of images that members are measured on, and how large all is."""

    train: int  # images evaluated
    test: int
    compared: int  # training images that samples are compared with
    real: int  # test images that samples are compared with
    generated: int  # samples of each sampler
    pixels: int
    latents: int  # of the member
    posterior: bool  # whether it has one: a rate, bounds on a likelihood


class Work(NamedTuple):
    """What a metric does of one member."""

    passes: float = 0.0  # of images through the encoder or the decoder
    products: float = 0.0  # in comparisons: images x images x pixels


def takes(work: Callable[..., Work]) -> Callable[[F], F]:
    """Decorates a metric's factory with the work it makes of a member.

        @takes(lambda sizes, samples: Work(passes=sizes.test * samples))
        def iwae(samples: int = 5_000) -> Metric: ...

    `work` gets `Sizes` and the metric's settings, all of them.
    """

    def mark(factory: F) -> F:
        factory.work = work
        return factory

    return mark


def sizes_of(dataset: Dataset, max_images: int, latents: int, posterior: bool) -> Sizes:
    """The sizes for a member on a data set, under all limits (`evaluation/limits.py`)."""
    pixels = dataset.train.shape[1]
    count, generated = evaluated_images(pixels, max_images), compared_images(pixels)
    train, test = min(len(dataset.train), count), min(len(dataset.test), count)
    compared, real = min(train, generated), min(test, MAX_REAL, generated)
    return Sizes(train, test, compared, real, generated, pixels, latents, posterior)


def work_of(settings: Mapping[str, Any], sizes: Sizes) -> Work | None:
    """The work of a metric with its settings, of one member; None if it does not say."""
    given = {name: value for name, value in settings.items() if name != "name"}
    factory = registry.factory("metric", settings["name"])
    if not hasattr(factory, "work"):
        return None
    bound = inspect.signature(factory).bind(**given)
    bound.apply_defaults()
    return factory.work(sizes, **bound.arguments)


def scored(sizes: Sizes, images: int) -> int:
    """Products in the scores of a set of images: nearest images, and raw covariances."""
    raw = sizes.pixels if sizes.pixels <= RAW_PIXELS else 0
    return images * sizes.pixels * (sizes.compared + sizes.real + raw)


def weights_of(model: Model, hparams: HParams) -> float:
    """Products in one pass of an image: half the operations of the decoder, by XLA.

    Where nobody counts them, as many as the decoder of a dense network has weights.
    """
    params = jax.eval_shape(model.init, jax.random.key(0), hparams)
    z = jax.ShapeDtypeStruct((1, len(hparams.latent_mask)), jnp.float32)
    counted = operations(jax.jit(model.decode).trace(params, z))
    if counted is None:
        return float(sum(leaf.size for leaf in jax.tree.leaves(params))) / 2.0
    return counted / 2.0


def speed(size: int = 768, rounds: int = 5) -> float:
    """Products a second that one core does in a large product of float32; the best of 5."""
    a = np.ones((size, size), np.float32)
    times = []
    with threadpool_limits(1):
        for _ in range(rounds):
            start = time.perf_counter()
            a @ a
            times.append(time.perf_counter() - start)
    return size**3 / min(times)


def seconds(work: Work, weights: float, speed: float) -> float:
    """About how long a core takes for a metric of one member."""
    return (
        OVERHEAD
        + work.passes * weights / (IN_NETWORKS * speed)
        + work.products / (IN_COMPARISONS * speed)
    )


def memory(sizes: Sizes, members: int) -> float:
    """About how many bytes a process has with so many members in evaluation at a time."""
    values = COPIES * sizes.generated * sizes.pixels + 3.0 * sizes.generated * sizes.real
    images = 3.0 * (sizes.train + sizes.test) * sizes.pixels
    return BASE + 8.0 * (members * values + images)
