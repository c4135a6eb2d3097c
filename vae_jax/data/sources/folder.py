"""A folder of image files: class folders are labels; `train` and `test` are splits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_jax.data.dataset import TEST_SHARE, Dataset
from vae_jax.data.images.contents import of_files
from vae_jax.data.images.decode import fitting_of
from vae_jax.data.images.kept import Keeping, check, kept
from vae_jax.data.images.listing import listed, places
from vae_jax.data.images.store import stored
from vae_jax.errors import UserError


def folder(
    path: str,
    size: Any = None,
    filter: Any = "lanczos",
    colour: Any = None,
    levels: Any = None,
    tolerated: Any = 0.01,
    memory: Any = 1_000.0,
    test_share: Any = TEST_SHARE,
    split_seed: Any = 0,
    tell: Callable[[str], None] = lambda line: None,
) -> Dataset:
    """PNG, JPEG, BMP, WebP and TIFF files below a folder, decoded once into a cache.

    `size` (pixels, or height and width) crops images about their centre and resizes them by
    `filter`; without it all have one size. `colour` true or false makes them so; unset,
    they are in colour if any is. `levels` - 1 is white; unset, 255, or 65535 of 16 bits. A
    share `tolerated` may be unreadable. Images of more than `memory` MB stay on disk, and
    are trained from in pieces. Without a folder `test`, `test_share` of them are for
    testing; every split is in an order of `split_seed`.
    """
    root = Path(str(path)).expanduser()
    if not root.is_dir():
        raise UserError(f"dataset.path: {path} is not a folder of images")
    how = Keeping(levels, tolerated, memory, test_share, split_seed)
    in_colour = check(how, colour)
    listing = listed(root)
    contents = of_files(listing)
    store = stored(contents, *fitting_of(size, filter), in_colour, tell)
    return kept(root, contents.names, store, places(listing.files), how, listing.notes)
