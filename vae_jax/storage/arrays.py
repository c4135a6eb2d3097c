"""Arrays in .npz files: never unpickled, their sizes checked before memory is taken."""

import io
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vae_jax.errors import UserError
from vae_jax.storage.files import MAX_ARRAY_BYTES, write_bytes

HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def write_arrays(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes named arrays to a compressed .npz; a `UserError` if it cannot be written."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_bytes(file, content.getvalue())


def read_arrays(file: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz by name; nothing is unpickled.

    A file that is damaged, or holds more than 8 GiB or Python objects, is a `UserError`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            check_sizes(archive)
            return {
                info.filename[:-4]: read_array(archive, info) for info in archive.infolist()
            }
    except Exception as error:  # zip, zlib and NumPy raise as they like on damaged files
        raise UserError(f"{file}: cannot be read ({error})") from None


def check_sizes(archive: zipfile.ZipFile) -> None:
    """Checks how many bytes an archive claims to hold, before any are allocated.

    A ValueError above `MAX_ARRAY_BYTES`, 8 GiB.
    """
    claimed = sum(info.file_size for info in archive.infolist())
    if claimed > MAX_ARRAY_BYTES:
        raise ValueError(f"it claims {claimed:,} bytes; {MAX_ARRAY_BYTES:,} is the most")


def read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    """One array of an archive; a ValueError where header and size disagree.

    Python objects, files that are no arrays and unknown versions are ValueErrors too.
    """
    if not info.filename.endswith(".npy"):
        raise ValueError("holds files that are not arrays")
    with archive.open(info) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in HEADERS:
            raise ValueError(f"{info.filename} is of an unknown version")
        shape, _, dtype = HEADERS[version](stream)
        if dtype.hasobject:
            raise ValueError(
                f"{info.filename} holds Python objects, which are never loaded; save "
                "plain numbers"
            )
        if math.prod(shape) * dtype.itemsize != info.file_size - stream.tell():
            raise ValueError(f"{info.filename} does not hold what its header says")
    with archive.open(info) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)
