"""Image files as bytes, wherever they lie: in a folder, or in the rows of a table."""

import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vae_jax.data.images import worker
from vae_jax.data.images.listing import Listing


class Contents(NamedTuple):
    """Image files as bytes, wherever they lie."""

    place: str  # what errors call it
    names: list[str]  # of the images; files below `place`, if they are files
    bytes: int  # of all
    identity: Any  # plain values that change when any of them does
    read: Callable[[range], Iterator[bytes]] | None = None  # None: they are files


def of_files(listing: Listing) -> Contents:
    """The image files of a folder."""
    return Contents(
        str(listing.root),
        [file.path for file in listing.files],
        sum(file.size for file in listing.files),
        [os.path.realpath(listing.root), listing.files],
    )


def contents_of(contents: Contents, rows: range) -> Iterator[bytes]:
    """The bytes of some images' files, in their order."""
    if contents.read is not None:
        return contents.read(rows)
    names = (contents.names[i] for i in rows)
    return (worker.read(os.path.join(contents.place, name)) for name in names)
