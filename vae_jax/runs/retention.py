"""Which checkpoints of a block are kept: latest, best, every so many epochs. No JAX."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from vae_jax.errors import UserError

DEFAULT = "latest:2"
PART = re.compile(r"(latest|best|every):(\d{1,9})")


class Keep(NamedTuple):
    """A checkpoint stays if any of these wants it."""

    latest: int = 2
    best: int = 0  # those of least training loss, mean over the members
    every: int = 0  # epochs; 0 wants none


def read_keep(text: str) -> Keep:
    """`latest:2,best:1,every:100`; what it leaves out is as usual."""
    found = {}
    for part in text.split(","):
        match = PART.fullmatch(part.strip())
        if not match:
            raise UserError(
                f"--keep: {part!r} is not latest:N, best:N or every:EPOCHS, or several of "
                "them between commas"
            )
        found[match[1]] = int(match[2])
    if found.get("latest", 1) == 0:
        raise UserError("--keep: latest:0 leaves nothing to go on from; 1 is the least")
    return Keep(**found)


def doomed(losses: Mapping[int, float | None], keep: Keep) -> list[int]:
    """The epochs whose checkpoints are to go."""
    ranked = sorted((loss, e) for e, loss in losses.items() if loss is not None)
    wanted = set(sorted(losses)[-keep.latest :]) | {e for _, e in ranked[: keep.best]}
    wanted |= {e for e in losses if keep.every and e % keep.every == 0}
    return sorted(losses.keys() - wanted)


def most(saved: int, checkpoint_every: int, keep: Keep) -> int:
    """Checkpoints that may lie there at once, of `saved` in all; one is being written."""
    on_grid = saved * checkpoint_every // keep.every if keep.every else 0
    return min(saved, keep.latest + keep.best + on_grid + 1)
