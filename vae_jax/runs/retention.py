"""Which checkpoints of a block are kept: latest, best, every so many epochs. No JAX."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from vae_jax.errors import UserError

DEFAULT = "latest:2"
PART = re.compile(r"(latest|best|every):(\d{1,9})")


class Keep(NamedTuple):
    """Which checkpoints stay: those that any of these three rules wants."""

    latest: int = 2
    best: int = 0  # those of least training loss, mean over the members
    every: int = 0  # epochs; 0 wants none


def read_keep(text: str) -> Keep:
    """The rules in a text like `latest:2,best:1,every:100`; unnamed ones are the defaults.

    A text that is none, and `latest:0`, are `UserError`s.
    """
    rules = {}
    for rule in text.split(","):
        match = PART.fullmatch(rule.strip())
        if not match:
            raise UserError(
                f"--keep: {rule!r} is not latest:N, best:N or every:EPOCHS, or several of "
                "them between commas"
            )
        rules[match[1]] = int(match[2])
    if rules.get("latest", 1) == 0:
        raise UserError("--keep: latest:0 leaves nothing to go on from; 1 is the least")
    return Keep(**rules)


def doomed(losses: Mapping[int, float | None], keep: Keep) -> list[int]:
    """The epochs whose checkpoints are to go, ascending.

    `losses` are those of all checkpoints by epoch, None where not finite.
    """
    ranked = sorted((loss, epoch) for epoch, loss in losses.items() if loss is not None)
    wanted = set(sorted(losses)[-keep.latest :]) | {
        epoch for _, epoch in ranked[: keep.best]
    }
    wanted |= {epoch for epoch in losses if keep.every and epoch % keep.every == 0}
    return sorted(losses.keys() - wanted)


def most(saved: int, checkpoint_every: int, keep: Keep) -> int:
    """The most checkpoints that may be there at once, of `saved` in all.

    One of them is being written.
    """
    on_grid = saved * checkpoint_every // keep.every if keep.every else 0
    return min(saved, keep.latest + keep.best + on_grid + 1)
