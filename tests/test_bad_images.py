"""Folders of images as they come: what cannot be read is named in a line, or left out."""

import os
import struct
import zlib

import numpy as np
import pytest
from image_folders import encoded, fault, filled, load, noise, own_cache, rows_of
from PIL import Image

from vae_jax.data.images import decode, worker

__all__ = ["own_cache"]


@pytest.fixture
def folder(tmp_path):
    return filled(tmp_path / "d", noise(20))


def chunk(name, content):
    """A chunk of a PNG."""
    sums = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + sums


def bomb(side=30_000):
    """A PNG of few bytes that claims to be very large."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 100)
    ends = chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + ends


PNG = encoded(Image.fromarray(noise(1, (40, 40, 3))[0]))
UNREADABLE = {
    "empty": (b"", "empty"),
    "html": (b"<!DOCTYPE html>", "not an image of a kind that is read"),
    "truncated": (PNG[: len(PNG) // 2], ""),
    "damaged": (PNG[:200] + bytes(200) + PNG[400:], ""),
    "gif": (encoded(Image.fromarray(noise(1)[0]), "GIF"), "not an image of a kind"),
    "bomb": (bomb(), "(900000000 pixels) exceeds limit"),
    "floats": (encoded(Image.new("F", (5, 6)), "TIFF"), "pixels are floats"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_named_and_counted(folder, name):
    content, why = UNREADABLE[name]
    (folder / "007x.png").write_bytes(content)
    line = fault(folder)
    assert "1 of 21 images cannot be read: 007x.png (" in line and why in line
    assert "more than 1.0%" in line and "0x" not in line
    data = load(folder, tolerated=0.1)
    assert len(data.train) + len(data.test) == 20
    assert any("007x.png" in note and "left out" in note for note in data.notes)


def test_a_folder_where_nothing_can_be_read(tmp_path):
    (tmp_path / "d").mkdir()
    for i in range(12):
        (tmp_path / "d" / f"{i}.png").write_bytes(b"no")
    assert "no image can be read (0.png: not an image" in fault(tmp_path / "d")


def test_sizes_that_differ_are_named(folder, monkeypatch):
    """Whether one of the images that are looked at first is of them or not."""
    Image.fromarray(noise(1, (9, 9, 3))[0]).save(folder / "big.png")
    for looked_at in (200, 2):
        monkeypatch.setattr("vae_jax.data.images.store.PROBED", looked_at)
        line = fault(folder)
        assert "6x5 (000.png), 9x9 (big.png): set --config.dataset.size=5" in line
    assert load(folder, size=5).shape == (5, 5, 3)


def test_folders_without_images(tmp_path):
    (tmp_path / "d" / "deep").mkdir(parents=True)
    assert "no images in" in fault(tmp_path / "d", name="folder")
    (tmp_path / "d" / "notes.txt").write_text("no")
    (tmp_path / "d" / ".hidden.png").write_bytes(PNG)
    line = fault(tmp_path / "d")
    assert "files of other kinds: 1 .txt" in line and ".png" in line
    assert "is not a folder" in fault(tmp_path / "d" / "notes.txt", name="folder")
    assert "No such file" in fault(tmp_path / "nowhere")
    assert "is one image" in fault(filled(tmp_path / "e", noise(1)) / "000.png")


def test_hidden_and_foreign_files_are_left_out(folder):
    plain = load(folder)
    for name in (".DS_Store", "._000.png", "Thumbs.db", "README", "labels.csv"):
        (folder / name).write_bytes(b"no image")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.png").write_bytes(PNG)
    data = load(folder)
    assert data.sha256 == plain.sha256
    (note,) = data.notes
    assert "not read, being of other kinds" in note and ".csv" in note


def test_nothing_outside_of_the_folder_is_read(folder, tmp_path):
    filled(tmp_path / "outside", noise(2))
    os.symlink(tmp_path / "outside" / "000.png", folder / "link.png")
    os.symlink(tmp_path / "outside", folder / "links")
    os.symlink(folder, folder / "round")
    os.symlink(folder / "gone.png", folder / "dangling.png")
    os.symlink(folder / "003.png", folder / "inside.png")
    data = load(folder)
    assert len(data.train) + len(data.test) == 21
    assert any("3 links that lead out" in note for note in data.notes)


def test_names_that_are_no_text(folder):
    """Bytes that are no UTF-8, in files and classes; names of any script."""
    odd = os.fsencode(folder) + b"/cl\xe9s"
    os.mkdir(odd)
    with open(odd + b"/\xff\xfe.png", "wb") as stream:
        stream.write(encoded(Image.fromarray(noise(1)[0])))
    filled(folder / "猫 <b>", noise(1))
    data = load(folder)
    assert len(data.train) + len(data.test) == 22
    assert data.label_names == ("cl\\udce9s", "猫 <b>")
    with open(odd + b"/bad\xff.png", "wb") as stream:
        stream.write(b"no")
    assert "bad\\udcff.png" in fault(folder)


def test_two_images_of_one_name_are_two(tmp_path):
    images = noise(20)
    filled(tmp_path / "d" / "a", images[:10])
    filled(tmp_path / "d" / "b", images[10:])
    for i in range(10):
        Image.fromarray(images[i]).save(tmp_path / "d" / "a" / f"{i:03}.bmp")
    data = load(tmp_path / "d")
    assert len(data.train) + len(data.test) == 30
    assert len(np.unique(rows_of(data), axis=0)) == 20


def test_files_that_one_may_not_read(folder, monkeypatch):
    """As the system refuses them; root, who may run the tests, is refused nothing."""

    def refusing(path, mode):
        if str(path).endswith("000.png"):
            raise PermissionError(13, "Permission denied")
        return open(path, mode)

    monkeypatch.setattr(worker, "open", refusing, raising=False)
    assert "000.png (empty)" in fault(folder)


def test_the_first_frame_of_an_animation(folder):
    frames = [Image.fromarray(x) for x in noise(3)]
    content = encoded(
        frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True
    )
    found = decode.decoded(content, decode.Fitting("RGB"))
    np.testing.assert_array_equal(found, np.asarray(frames[0]))


def test_few_images_and_few_classes(tmp_path):
    filled(tmp_path / "one", noise(1))
    assert "1 images are too few to split" in fault(tmp_path / "one")
    filled(tmp_path / "class" / "only", noise(12))
    assert load(tmp_path / "class").label_names == ("only",)
    filled(tmp_path / "flat", [np.full((4, 4), 7, np.uint8)] * 12)
    flat = load(tmp_path / "flat")
    assert flat.display == "light" and (flat.train == 7).all()


def test_a_part_without_images_is_named(tmp_path):
    filled(tmp_path / "d" / "train", noise(12))
    (tmp_path / "d" / "test").mkdir()
    data = load(tmp_path / "d")  # as if `test` were not there
    assert len(data.train) + len(data.test) == 12
    filled(tmp_path / "d" / "test", noise(1))
    assert "1 test images" in fault(tmp_path / "d")
