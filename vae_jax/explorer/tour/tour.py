"""The tour of a run, stop by stop.

A stop whose subject the run lacks is left out, and so is each sentence that is not true of
it.
"""

from vae_jax.explorer.tour.codes import cloud, point, structure
from vae_jax.explorer.tour.price import collapse, continuity, pressures
from vae_jax.explorer.tour.sampling import blur, generation, holes
from vae_jax.explorer.tour.stop import Stop
from vae_jax.explorer.tour.story import Story

STOPS = (
    *(point, holes, cloud, pressures, continuity),
    *(generation, structure, collapse, blur),
)


def tour(story: Story | None) -> list[Stop]:
    """The stops of a run, in their order; none of a run of which nothing can be decoded."""
    found = [stop_of(story) for stop_of in STOPS] if story else []
    return [stop for stop in found if stop is not None]
