"""Data: what is read is what was written, and bad files are named."""

import gzip
import io
import struct
import zipfile

import numpy as np
import pytest
from sklearn.datasets import load_digits

from vae_jax import registry
from vae_jax.data.dataset import make_dataset, split_rows
from vae_jax.errors import UserError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (30, 4, 3)).astype(np.uint8)
LABELS = RNG.integers(0, 10, 30).astype(np.uint8)


def load(name, **settings):
    return registry.build("dataset", {"name": name, **settings})


def idx_bytes(array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


def write_idx(folder, zipped=False, labels=True):
    parts = {"train": slice(0, 20), "t10k": slice(20, 30)}
    for prefix, rows in parts.items():
        files = {f"{prefix}-images-idx3-ubyte": IMAGES[rows]}
        if labels:
            files[f"{prefix}-labels-idx1-ubyte"] = LABELS[rows]
        for name, array in files.items():
            content = idx_bytes(array)
            if zipped:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
    return folder


def test_digits_are_scikit_learns_in_the_documented_split():
    found, source = load("digits"), load_digits()
    order = np.random.RandomState(0).permutation(1797)
    np.testing.assert_array_equal(found.train, source.data[order[:1437]])
    np.testing.assert_array_equal(found.test, source.data[order[1437:]])
    np.testing.assert_array_equal(found.test_labels, source.target[order[1437:]])
    assert found.train.dtype == np.uint8 and found.levels == 17 and found.shape == (8, 8, 1)
    assert found.sha256.startswith("c8e370818c8ff692")


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_folders_are_read(tmp_path, zipped):
    found = load("idx", path=str(write_idx(tmp_path, zipped)))
    np.testing.assert_array_equal(found.train, IMAGES[:20].reshape(20, 12))
    np.testing.assert_array_equal(found.test, IMAGES[20:].reshape(10, 12))
    np.testing.assert_array_equal(found.test_labels, LABELS[20:])
    assert found.shape == (4, 3, 1) and found.levels == 256


def test_idx_labels_are_optional(tmp_path):
    found = load("idx", path=str(write_idx(tmp_path, labels=False)))
    assert found.train_labels is None and found.test_labels is None


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("keep", [0, 3, 10, 15, 16, 100])
def test_a_truncated_idx_file_is_named(tmp_path, zipped, keep):
    write_idx(tmp_path, zipped)
    name = "train-images-idx3-ubyte" + (".gz" if zipped else "")
    file = tmp_path / name
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(UserError, match=f"{name}: .*(truncated|not an idx file)"):
        load("idx", path=str(tmp_path))


def damage_count(folder):
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(LABELS[:9]))


def damage_missing(folder):
    (folder / "t10k-images-idx3-ubyte").unlink()


def damage_longer(folder):
    file = folder / "train-images-idx3-ubyte"
    file.write_bytes(file.read_bytes() + b"x")


def damage_magic(folder):
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(LABELS) + bytes(99))


def damage_size(folder):
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(IMAGES[20:, :2]))


def damage_huge(folder):
    header = struct.pack(">HBBIII", 0, 8, 3, 2**32 - 1, 2**16, 2**16)
    (folder / "train-images-idx3-ubyte").write_bytes(header + bytes(10))


@pytest.mark.parametrize(
    "damage, message",
    [
        (damage_count, "10 images, but 9 labels in .*t10k-labels"),
        (damage_missing, r"t10k-labels-idx1-ubyte has no images beside it"),
        (damage_longer, "longer than its header says"),
        (damage_magic, "not an idx file of unsigned bytes in 3 dimensions"),
        (damage_size, "they must have one size"),
        (damage_huge, "truncated"),
    ],
)
def test_a_damaged_idx_folder_is_named(tmp_path, damage, message):
    damage(write_idx(tmp_path))
    with pytest.raises(UserError, match=message):
        load("idx", path=str(tmp_path))


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(UserError, match="nowhere is not a folder"):
        load("idx", path=str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match="missing a required argument: 'path'"):
        load("idx")


def save(folder, **arrays):
    np.savez(folder / "data.npz", **arrays)
    return str(folder / "data.npz")


@pytest.mark.parametrize("images", [IMAGES, IMAGES.reshape(30, 12), IMAGES / 255.0])
def test_npz_images_are_read_and_split(tmp_path, images):
    found = load("npz", path=save(tmp_path, images=images, labels=LABELS))
    train, test = split_rows(30)
    rows = images.reshape(30, 12)
    np.testing.assert_allclose(found.train, rows[train], rtol=1e-6)
    np.testing.assert_allclose(found.test, rows[test], rtol=1e-6)
    np.testing.assert_array_equal(found.test_labels, LABELS[test])
    assert len(found.test) == 6
    assert found.shape == (images.shape[1:] if images.ndim == 2 else (4, 3, 1))
    assert found.levels == (0 if images.dtype.kind == "f" else int(IMAGES.max()) + 1)


def test_npz_arrays_can_be_named(tmp_path):
    path = save(tmp_path, a=IMAGES, b=IMAGES[:, ::-1], y=LABELS)
    found = load("npz", path=path, array="b", labels="y")
    flipped = IMAGES[:, ::-1].reshape(30, 12)[split_rows(30)[0]]
    np.testing.assert_array_equal(found.train, flipped)
    with pytest.raises(UserError, match=r"say which array .*there are: a, b, y"):
        load("npz", path=path)
    with pytest.raises(UserError, match="no array 'c'; there are: a, b, y"):
        load("npz", path=path, array="c")


class Bomb:
    """Unpickling this would fail the test."""

    def __reduce__(self):
        return (pytest.fail, ("an .npz was unpickled",))


def with_odd_values():
    images = IMAGES / 255.0
    images[3, 1, 2], images[2, 0, 1], images[5, 2, 0] = np.nan, np.inf, np.nan
    return images


ODD = (
    rf": of {IMAGES.size:,} values 2 are NaN \(the first: image 3, pixel \[1, 2\]\) and "
    r"1 is infinite \(the first: image 2, pixel \[0, 1\]\)"
)


@pytest.mark.parametrize(
    "images, message",
    [
        (IMAGES[0, 0], r"shape \[3\]; expected \[N, H, W, C\], .* or \[N, D\]"),
        (IMAGES[None, ..., None], "expected"),
        (np.zeros((0, 4)), "expected"),
        (IMAGES - 300.0, "floats from .* expected 0 to 1"),
        (np.full((9, 4), np.nan), r"36 values 36 are NaN .*image 0, pixel 0\)"),
        (np.full((9, 4), -np.inf), r"36 are infinite .*image 0, pixel 0\)"),
        (with_odd_values(), ODD),
        (IMAGES.astype(int) - 1, "integers from -1 to"),
        (np.full((9, 4), 70_000), "expected 0 to 65535 at most"),
        (np.full((9, 4), "a"), "expected numbers"),
        (np.ones((9, 4), complex), "expected numbers"),
        (np.array([[Bomb()] * 4] * 9), "Python objects, which are never loaded"),
        (np.ones((4, 4)), "4 images are too few to split; 10 at least"),
    ],
)
def test_bad_npz_images_are_named(tmp_path, images, message):
    with pytest.raises(UserError, match=message):
        load("npz", path=save(tmp_path, images=images))


@pytest.mark.parametrize(
    "labels, message",
    [
        (LABELS[:9], r"labels are uint8 \[9\]; expected integers, texts, .*\[30\]"),
        (LABELS / 2.0, "not all are whole numbers"),
        (LABELS[:, None] + [0, 1], "2 columns, 0 to 1; say which one after a colon"),
        (LABELS + 1j, "labels are complex128"),
    ],
)
def test_bad_npz_labels_are_named(tmp_path, labels, message):
    with pytest.raises(UserError, match=message):
        load("npz", path=save(tmp_path, images=IMAGES, labels=labels))


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_npz_is_named(tmp_path, content):
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"data.npz: not an .npz file"):
        load("npz", path=str(tmp_path / "data.npz"))
    with pytest.raises(UserError, match="No such file"):
        load("npz", path=str(tmp_path / "other.npz"))


def test_the_hash_knows_values_types_and_labels():
    make = lambda x, y: make_dataset("a", x[:20], x[20:], y[:20], y[20:], 256).sha256
    changed = IMAGES.copy()
    changed[0, 0, 0] ^= 1
    hashes = {
        make(IMAGES, LABELS),
        make(changed, LABELS),
        make(IMAGES, LABELS[::-1]),
        make(IMAGES.transpose(0, 2, 1), LABELS),
    }
    assert len(hashes) == 4 and make(IMAGES, LABELS) in hashes


def test_archives_of_other_things_are_named(tmp_path):
    file = tmp_path / "data.npz"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("images.txt", "no array")
    with pytest.raises(UserError, match="holds files that are not arrays"):
        load("npz", path=str(file))
    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (2**40, 64)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("images.npy", header.getvalue())
    with pytest.raises(UserError, match=r"data\.npz: (an array's header promises|damaged)"):
        load("npz", path=str(file))


@pytest.mark.parametrize("shape", [(1, 4, 3), (9, 0, 3)])
def test_idx_folders_of_too_little_are_named(tmp_path, shape):
    write_idx(tmp_path, labels=False)
    for name in ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte"):
        (tmp_path / name).write_bytes(idx_bytes(np.zeros(shape, np.uint8)))
    with pytest.raises(UserError, match="needed, of at least one pixel"):
        load("idx", path=str(tmp_path))
