"""CIFAR's files, Parquet and Arrow, patches, and what a path is recognised as."""

import gzip
import io
import json
import struct

import numpy as np
import pytest
from image_folders import encoded, fault, filled, load, noise, own_cache
from PIL import Image

import vae_jax
from vae_jax.data.sources.path import recognised
from vae_jax.errors import UserError

__all__ = ["own_cache"]
IMAGES, LABELS = noise(20, (32, 32, 3)), np.arange(20) % 3


def records(images, labels):
    """CIFAR's binary records: labels, then red, green and blue."""
    flat = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    return np.concatenate([np.asarray(labels, np.uint8), flat], axis=1).tobytes()


def cifar10(folder):
    folder.mkdir(parents=True)
    for i in range(5):
        rows = slice(3 * i, 3 * i + 3)
        content = records(IMAGES[rows], LABELS[rows, None])
        (folder / f"data_batch_{i + 1}.bin").write_bytes(content)
    (folder / "test_batch.bin").write_bytes(records(IMAGES[15:], LABELS[15:, None]))
    (folder / "batches.meta.txt").write_text("cat\ndog\nfrog\n\n")
    return folder


def test_cifar_10(tmp_path):
    cifar10(tmp_path / "cifar-10-batches-bin")
    data = load(tmp_path)
    assert (data.name, data.shape, data.display) == ("cifar10", (32, 32, 3), "light")
    np.testing.assert_array_equal(data.train, IMAGES[:15].reshape(15, -1))
    np.testing.assert_array_equal(data.test_labels, LABELS[15:])
    assert data.label_names == ("cat", "dog", "frog")


def test_cifar_100_has_fine_labels(tmp_path):
    both = np.stack([LABELS * 0 + 9, LABELS], axis=1)
    (tmp_path / "train.bin").write_bytes(records(IMAGES[:15], both[:15]))
    (tmp_path / "test.bin").write_bytes(records(IMAGES[15:], both[15:]))
    data = load(tmp_path)
    np.testing.assert_array_equal(data.train_labels, LABELS[:15])
    assert data.name == "cifar100" and data.label_names == ()


def test_bad_cifar_is_named(tmp_path):
    folder = cifar10(tmp_path / "d")
    (folder / "data_batch_3.bin").write_bytes(b"short")
    assert "data_batch_3.bin: 5 bytes are no whole number of images" in fault(folder)
    (folder / "data_batch_3.bin").unlink()
    assert "No such file" in fault(folder)
    pickles = tmp_path / "p" / "cifar-10-batches-py"
    pickles.mkdir(parents=True)
    (pickles / "data_batch_1").write_bytes(b"\x80\x04.")
    assert "pickles, which are programs and are not read" in fault(tmp_path / "p")


SMALL = noise(20, (5, 4, 3))
NAMES = {
    "huggingface": json.dumps({"info": {"features": {"label": {"names": ["x", "y", "z"]}}}})
}


def table(images=SMALL, labels=LABELS, plain=False, **more):
    pyarrow = pytest.importorskip("pyarrow")
    contents = [encoded(Image.fromarray(x)) for x in images]
    column = contents if plain else [{"bytes": c, "path": None} for c in contents]
    found = pyarrow.table({"image": column, "label": labels, **more})
    return found.replace_schema_metadata(NAMES)


def write(file, found, kind):
    import pyarrow
    from pyarrow import ipc, parquet

    file.parent.mkdir(parents=True, exist_ok=True)
    if kind == "parquet":
        parquet.write_table(found, file, row_group_size=7)
        return
    new = ipc.new_stream if kind == "stream" else ipc.new_file
    with pyarrow.OSFile(str(file), "wb") as sink, new(sink, found.schema) as writer:
        writer.write_table(found)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("kind", ["parquet", "stream", "file"])
def test_tables_of_image_bytes(tmp_path, kind, plain):
    file = tmp_path / f"train-0.{'parquet' if kind == 'parquet' else 'arrow'}"
    write(file, table(plain=plain), kind)
    data = load(file)
    assert data.shape == (5, 4, 3) and data.label_names == ("x", "y", "z")
    labels = np.concatenate([data.train_labels, data.test_labels])
    for row, label in zip(np.concatenate([data.train, data.test]), labels):
        (place,) = np.flatnonzero((SMALL.reshape(20, -1) == row).all(axis=1))
        assert label == LABELS[place]
    assert load(file).sha256 == data.sha256


def test_splits_of_tables(tmp_path):
    for split, rows in (("train", slice(0, 14)), ("test", slice(14, 20))):
        name = tmp_path / "d" / "data" / f"{split}-00000-of-00001.parquet"
        write(name, table(SMALL[rows], LABELS[rows]), "parquet")
    by_file = load(tmp_path / "d")
    marks = ["train"] * 14 + ["test"] * 6
    write(tmp_path / "one.parquet", table(part=marks), "parquet")
    by_column = load(tmp_path / "one.parquet", split="part")
    assert by_file.sha256 == by_column.sha256
    assert set(map(bytes, by_file.test)) == {x.tobytes() for x in SMALL[14:]}


def test_bad_tables_are_named(tmp_path):
    file = tmp_path / "one.parquet"
    write(file, table(), "parquet")
    assert "no column 'y'; there are: image, label" in fault(file, labels="y")
    assert "no column 'y'; there are: image, label" in fault(file, split="y")
    assert "no column 'y'; there are: image, label" in fault(file, image="y")
    write(tmp_path / "no.parquet", table().drop_columns(["image"]), "parquet")
    assert "say which column has the images' bytes" in fault(tmp_path / "no.parquet")
    content = file.read_bytes()
    (tmp_path / "half.parquet").write_bytes(content[: len(content) // 2])
    assert "half.parquet: " in fault(tmp_path / "half.parquet")
    broken = table()
    columns = broken.column("image").to_pylist()
    columns[3] = {"bytes": b"no", "path": None}
    columns[4] = None
    import pyarrow

    odd = pyarrow.table({"image": columns, "label": LABELS})
    write(tmp_path / "odd.parquet", odd, "parquet")
    assert "2 of 20 images cannot be read: odd.parquet, row 3 (" in fault(
        tmp_path / "odd.parquet"
    )
    assert len(load(tmp_path / "odd.parquet", tolerated=0.2).train) == 14


def test_patches_are_cut_where_they_say():
    """Every patch is somewhere in its photograph, on its side of the stripes' borders."""
    from sklearn.datasets import load_sample_images

    photographs = load_sample_images().images
    data = vae_jax.load_data("patches", size=5, count=20)
    assert (data.shape, len(data.train), len(data.test)) == ((5, 5, 3), 20, 5)
    stripe = 640 // 12  # pixels: ten patches and a little
    border = int(0.8 * stripe)
    for rows, labels, low, high in (
        (data.train, data.train_labels, 0, border - 5),
        (data.test, data.test_labels, border, stripe - 5),
    ):
        for row, label in zip(rows, labels):
            windows = np.lib.stride_tricks.sliding_window_view
            places = windows(photographs[label], (5, 5, 3))[:, :, 0]
            found = (places == row.reshape(5, 5, 3)).all(axis=(2, 3, 4))
            within = np.nonzero(found)[1] % stripe
            assert ((within >= low) & (within <= high)).any()
    for size in (2, 16, 50, 100):  # of which both parts have room
        assert vae_jax.load_data("patches", size=size, count=10).shape == (size, size, 3)
    grey = vae_jax.load_data("patches", size=5, count=20, colour=False)
    luma = data.train.reshape(-1, 3) @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(grey.train.ravel(), luma, atol=0.5 + 1e-9)
    for wrong in ({"size": 1}, {"size": 2.5}, {"count": 3}, {"colour": "no"}):
        with pytest.raises(UserError, match=next(iter(wrong))):
            vae_jax.load_data("patches", **wrong)


def idx_bytes(array):
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return head + np.ascontiguousarray(array, np.uint8).tobytes()


def idx_files(folder, form="{}-{}-idx{}-ubyte", images=None, packed=False):
    images = noise(20, (5, 4)) if images is None else images
    folder.mkdir(parents=True, exist_ok=True)
    pack = gzip.compress if packed else bytes
    for split, rows in (("train", slice(0, 14)), ("t10k", slice(14, 20))):
        parts = ((images[rows], "images", 3), (LABELS[rows], "labels", 1))
        for array, what, axes in parts:
            (folder / form.format(split, what, axes)).write_bytes(pack(idx_bytes(array)))
    return folder


@pytest.mark.parametrize("within", ["", "raw", "MNIST/raw", "gzip"])
@pytest.mark.parametrize(
    "form", ["{}-{}-idx{}-ubyte", "{}-{}.idx{}-ubyte", "{}-{}-idx{}-ubyte.gz"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_wherever_and_whatever_they_are_called(tmp_path, within, form, packed):
    images = noise(20, (5, 4))
    idx_files(tmp_path / within, form, images, packed)
    data = load(tmp_path)
    np.testing.assert_array_equal(data.test, images[14:].reshape(6, -1))
    np.testing.assert_array_equal(data.train_labels, LABELS[:14])
    assert data.display == "ink" and recognised(tmp_path) == "idx"


def test_emnist_is_turned_and_one_of_its_sets_is_named(tmp_path):
    images = noise(20, (5, 5))
    for name in ("letters", "digits"):
        form = f"emnist-{name}-{{}}-{{}}-idx{{}}-ubyte"
        idx_files(tmp_path, form.replace("t10k", "test"), images)
    assert "emnist-digits, emnist-letters; name one with" in fault(tmp_path)
    data = load(tmp_path, prefix="emnist-letters")
    upright = images.transpose(0, 2, 1)
    np.testing.assert_array_equal(data.test, upright[14:].reshape(6, -1))
    assert data.prepared["turned"] == "rows and columns exchanged"


def test_training_files_alone_are_split(tmp_path):
    idx_files(tmp_path)
    for file in tmp_path.glob("t10k*"):
        file.unlink()
    data = load(tmp_path)
    assert (len(data.train), len(data.test)) == (11, 3)


def test_what_lies_at_a_path_is_recognised_by_what_is_there(tmp_path):
    filled(tmp_path / "images" / "a", noise(3))
    stream = io.BytesIO()
    np.savez(stream, images=noise(3))
    (tmp_path / "archive").write_bytes(stream.getvalue())  # without an ending
    np.save(tmp_path / "array.npy", noise(3))
    write(tmp_path / "t" / "x.parquet", table(), "parquet")
    found = {place: recognised(tmp_path / place) for place in ("images", "archive", "t")}
    assert found == {"images": "folder", "archive": "npz", "t": "parquet"}
    assert recognised(tmp_path / "array.npy") == "npz"
    assert "a folder; --config.dataset.name=path reads" in fault(
        tmp_path / "images", name="npz"
    )
    assert recognised(tmp_path / "t" / "x.parquet") == "parquet"
    assert recognised(cifar10(tmp_path / "c")) == "cifar"
    (tmp_path / "page.html").write_text("<html>")
    assert "is none of .npy, .npz, Parquet" in fault(tmp_path / "page.html")
    assert "has no such setting" in fault(tmp_path / "images", wrong=1)
