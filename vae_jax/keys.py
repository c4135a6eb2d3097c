"""Every stream of random numbers that a member draws from, in one list.

A member's root key is its seed and nothing else. A use of randomness has a number here,
so no two uses can meet, and adding one moves none of the others. Members that share a
seed share their streams: comparisons between values of beta are paired.
"""

import enum
import zlib

import jax

from vae_jax.types import HParams, PRNGKey


class Stream(enum.IntEnum):
    """What a key is for. Numbers are never reused."""

    INIT = 0  # parameters
    ORDER = 1  # order of the images; folded with the epoch
    NOISE = 2  # posterior noise in training; folded with the step
    EVALUATION = 3  # draws in metrics; folded with the metric's name and the split
    PICTURES = 4  # what is drawn for figures
    VALIDATION = 5  # posterior noise in early stopping; the same in every epoch
    PIXELS = 6  # binarisation and dequantisation in training; folded with the step


def member_key(hparams: HParams, stream: Stream) -> PRNGKey:
    """The member's key for one use: its seed, folded with the number of the stream."""
    return jax.random.fold_in(jax.random.key(hparams.seed), stream)


def metric_key(hparams: HParams, metric: str, split: str) -> PRNGKey:
    """The member's key for one metric family on one split, whatever else is measured."""
    key = member_key(hparams, Stream.EVALUATION)
    return jax.random.fold_in(key, zlib.crc32(f"{metric}/{split}".encode()))
