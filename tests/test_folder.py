"""Folders of images: what is read, as what, and from where the second time."""

import os
import shutil
import time

import numpy as np
import pytest
from image_folders import RNG, encoded, fault, filled, load, noise, own_cache, rows_of
from PIL import Image, ImageOps

from vae_jax.data.images import cache, decode, store, worker, workers
from vae_jax.data.shards import Shards
from vae_jax.errors import UserError

__all__ = ["own_cache"]


def test_class_folders_are_labels(tmp_path):
    images = noise()
    filled(tmp_path / "d" / "dog", images[:7])
    filled(tmp_path / "d" / "cat", images[7:], "deep/er/{}.PNG")
    data = load(tmp_path / "d")
    assert data.label_names == ("cat", "dog") and data.shape == (6, 5, 3)
    assert (data.name, data.levels, data.display) == ("d", 256, "light")
    labels = np.concatenate([data.train_labels, data.test_labels])
    rows = np.concatenate([data.train, data.test])
    for row, label in zip(rows, labels):
        (place,) = np.flatnonzero((images.reshape(12, -1) == row).all(axis=1))
        assert data.label_names[label] == ("dog" if place < 7 else "cat")


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("Training", "VALID", "testing")]
)
def test_splits_of_its_own(tmp_path, names):
    images = noise(20)
    parts = images[:10], images[10:14], images[14:]
    for name, part in zip(names, parts):
        filled(tmp_path / "d" / name / "a", part)
    data = load(tmp_path / "d")
    for own, part in zip((data.train, data.valid, data.test), parts):
        assert set(map(bytes, own)) == {image.tobytes() for image in part}
    assert data.label_names == ("a",)
    shutil.rmtree(tmp_path / "d" / names[2])
    only_valid = load(tmp_path / "d")  # which then tests
    assert len(only_valid.valid) == 0
    assert set(map(bytes, only_valid.test)) == {image.tobytes() for image in parts[1]}


def test_order_and_split_are_functions_of_the_seed(tmp_path):
    filled(tmp_path / "d", noise(40))
    same = [load(tmp_path / "d", split_seed=seed) for seed in (0, 0, 1)]
    assert same[0].sha256 == same[1].sha256 != same[2].sha256
    np.testing.assert_array_equal(rows_of(same[0]), rows_of(same[2]))
    half = load(tmp_path / "d", test_share=0.5)
    assert len(half.test) == len(half.train) == 20


GREY = RNG.integers(0, 256, (6, 5)).astype(np.uint8)
COLOUR = RNG.integers(0, 256, (6, 5, 3)).astype(np.uint8)
ALPHA = RNG.integers(0, 256, (6, 5)).astype(np.uint8)


def upon_white(colour):
    """Colours under `ALPHA`, by Pillow's own compositing."""
    image = Image.fromarray(np.dstack([colour, ALPHA]))
    white = Image.new("RGBA", image.size, "white")
    return np.asarray(Image.alpha_composite(white, image).convert("RGB"))


PALETTE = Image.fromarray(COLOUR).quantize(8)
MODES = {
    "L": (Image.fromarray(GREY), "PNG", GREY),
    "1": (Image.fromarray(GREY > 99), "PNG", (GREY > 99) * np.uint8(255)),
    "RGB": (Image.fromarray(COLOUR), "BMP", COLOUR),
    "RGBA": (Image.fromarray(np.dstack([COLOUR, ALPHA])), "PNG", upon_white(COLOUR)),
    "P": (PALETTE, "PNG", np.asarray(PALETTE.convert("RGB"))),
    "LA": (
        Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(ALPHA)]),
        *("PNG", upon_white(np.dstack([GREY] * 3))[..., 0]),
    ),
    "webp": (Image.fromarray(COLOUR), "WEBP", COLOUR),
    "tiff": (Image.fromarray(COLOUR), "TIFF", COLOUR),
    "grey in three channels": (Image.fromarray(np.dstack([GREY] * 3)), "PNG", GREY),
    "I;16": (Image.fromarray(GREY.astype(np.uint16) * 250), "PNG", GREY * np.uint16(250)),
}


@pytest.mark.parametrize("name", MODES)
def test_every_mode_is_read_as_it_looks(name):
    image, kind, expected = MODES[name]
    content = encoded(image, kind, **({"lossless": True} if kind == "WEBP" else {}))
    mode, size = decode.kind_of(content)
    assert size == (6, 5)
    found = decode.decoded(content, decode.Fitting(mode))
    np.testing.assert_array_equal(found.squeeze(), expected)
    assert decode.LEVELS[mode] == (65_536 if name == "I;16" else 256)


def test_jpeg_stands_upright_and_cmyk_is_colour():
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    image = Image.fromarray(np.full((8, 16, 3), 200, np.uint8))
    turned = encoded(image, "JPEG", exif=exif)
    assert decode.kind_of(turned)[1] == (16, 8)
    cmyk = encoded(Image.fromarray(COLOUR).convert("CMYK"), "JPEG", quality=100)
    assert decode.kind_of(cmyk)[0] == "RGB"


@pytest.mark.parametrize("size", [4, (3, 4)])
@pytest.mark.parametrize("method", ["lanczos", "nearest"])
def test_crop_and_resize_are_pillows(tmp_path, size, method):
    images = [RNG.integers(0, 256, (9 + i % 3, 12, 3)).astype(np.uint8) for i in range(12)]
    filled(tmp_path / "d", images)
    data = load(tmp_path / "d", size=size, filter=method)
    height, width = (size, size) if isinstance(size, int) else size
    assert data.shape == (height, width, 3)
    by = Image.Resampling[method.upper()]
    expected = [ImageOps.fit(Image.fromarray(x), (width, height), by) for x in images]
    known = {np.asarray(x).tobytes() for x in expected}
    assert set(map(bytes, rows_of(data))) == known


def test_16_bits_stay_and_may_have_fewer_levels(tmp_path):
    deep = [(GREY.astype(np.uint16) + i) * 8 for i in range(12)]
    filled(tmp_path / "d", deep)
    data = load(tmp_path / "d")
    assert data.train.dtype == np.uint16 and data.levels == 65_536
    assert load(tmp_path / "d", levels=4_096).white == 4_095
    filled(tmp_path / "d", [GREY], "bytes{}.png")
    mixed = load(tmp_path / "d")
    assert mixed.levels == 256  # of both kinds: bytes


def test_colour_that_comes_late_or_is_asked_for(tmp_path, monkeypatch):
    grey, colour = noise(30, (4, 4)), noise(1, (4, 4, 3))
    filled(tmp_path / "d", grey)
    assert load(tmp_path / "d").shape == (4, 4, 1)
    assert load(tmp_path / "d", colour=True).shape == (4, 4, 3)
    monkeypatch.setattr(store, "PROBED", 2)
    filled(tmp_path / "d", colour, "007c.png")
    data = load(tmp_path / "d")
    assert data.shape == (4, 4, 3) and colour.tobytes() in set(map(bytes, rows_of(data)))
    forced = load(tmp_path / "d", colour=False)
    luma = np.asarray(Image.fromarray(colour[0]).convert("L"))
    assert luma.tobytes() in set(map(bytes, rows_of(forced)))


@pytest.fixture
def decoding(monkeypatch):
    """The numbers of the shards that are decoded, as they are."""
    decoded = []
    real = worker.decode_shard
    spy = lambda task, number, *more: decoded.append(number) or real(task, number, *more)
    monkeypatch.setattr(worker, "decode_shard", spy)
    monkeypatch.setattr(store, "SHARD_BYTES", 5 * 90)  # five of `noise`
    return decoded


def test_the_second_time_comes_from_the_cache(tmp_path, decoding):
    filled(tmp_path / "d", noise())
    first = load(tmp_path / "d")
    assert decoding == [0, 1, 2]
    assert load(tmp_path / "d").sha256 == first.sha256
    shutil.copytree(tmp_path / "d", tmp_path / "copy")  # of another time and place
    os.utime(tmp_path / "copy" / "000.png", (1, 1))
    assert load(tmp_path / "copy").sha256 == first.sha256
    assert decoding == [0, 1, 2]
    load(tmp_path / "d", size=3)
    Image.fromarray(noise(1)[0]).save(tmp_path / "d" / "000.png")
    assert load(tmp_path / "d").sha256 != first.sha256
    assert decoding == [0, 1, 2, 0, 0, 1, 2]  # smaller ones are one shard


def test_a_decoding_that_was_stopped_is_taken_up(tmp_path, decoding, monkeypatch):
    filled(tmp_path / "d", noise())
    whole = load(tmp_path / "d").sha256
    shutil.rmtree(cache.root())
    decoding.clear()
    real, count = worker.write_rows, [0]

    def once(*arguments):
        count[0] += 1
        if count[0] > 1:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(worker, "write_rows", once)
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path / "d")
    monkeypatch.setattr(worker, "write_rows", real)
    assert load(tmp_path / "d").sha256 == whole
    assert decoding == [0, 1, 1, 2]


def test_a_damaged_cache_is_decoded_anew(tmp_path, decoding):
    filled(tmp_path / "d", noise())
    whole = load(tmp_path / "d").sha256
    (entry,) = cache.root().iterdir()
    content = bytearray((entry / "00001.npy").read_bytes())
    content[-1] ^= 1
    (entry / "00001.npy").write_bytes(content)
    assert load(tmp_path / "d").sha256 == whole
    (entry / "00002.npy").unlink()
    assert load(tmp_path / "d").sha256 == whole
    assert decoding == 3 * [0, 1, 2]


def test_processes_decode_what_one_does(tmp_path, decoding, monkeypatch):
    images = noise()
    filled(tmp_path / "a", images)
    alone = load(tmp_path / "a").sha256
    shutil.rmtree(cache.root())
    monkeypatch.setattr(workers, "ALONE", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert load(tmp_path / "a").sha256 == alone
    assert decoding == [0, 1, 2]  # the first time; then by processes


def test_the_cache_is_bounded(tmp_path, monkeypatch):
    """The longest unused goes first; what is in use stays, and is refused room beside."""
    filled(tmp_path / "a", noise())
    filled(tmp_path / "b", noise())
    load(tmp_path / "a")
    (old,) = cache.root().iterdir()
    monkeypatch.setenv("VAE_JAX_CACHE_GB", "2e-6")
    assert "VAE_JAX_CACHE_GB" in fault(tmp_path / "b")
    for file in (old / cache.INDEX, old):
        os.utime(file, (time.time() - 2 * cache.DAY,) * 2)
    load(tmp_path / "b")
    assert not old.exists()
    monkeypatch.setenv("VAE_JAX_CACHE_GB", "much")
    assert "not a number of gigabytes" in fault(tmp_path / "a")


def test_what_memory_does_not_hold_stays_on_disk(tmp_path, decoding):
    filled(tmp_path / "d", noise(30))
    inside, outside = load(tmp_path / "d"), load(tmp_path / "d", memory=0.0)
    assert isinstance(outside.train, Shards) and len(outside.test) == 2
    np.testing.assert_array_equal(outside.train[:], inside.train)
    np.testing.assert_array_equal(outside.test, inside.test[:2])
    assert any("the first 2 are kept" in note for note in outside.notes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("size", 0), ("size", "big"), ("size", (1, 2, 3)), ("filter", "blur")),
        *(("colour", "red"), ("tolerated", 2), ("memory", -1), ("memory", "all")),
        *(("test_share", 1.0), ("split_seed", -1), ("levels", 1), ("wrong", 1)),
    ],
)
def test_a_setting_that_cannot_be_is_named(tmp_path, name, value):
    filled(tmp_path / "d", noise())
    assert name in fault(tmp_path / "d", **{name: value})


def test_a_shard_that_is_gone_while_training_is_one_line(tmp_path):
    filled(tmp_path / "d", noise(30))
    data = load(tmp_path / "d", memory=0.0)
    shutil.rmtree(cache.root())
    with pytest.raises(UserError, match="damaged or gone; the same command"):
        data.train[:3]
