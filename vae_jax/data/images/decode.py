"""One image file to an array: what Pillow reads, upright, cropped and resized. No JAX."""

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import UInt8, UInt16
from PIL import Image, ImageOps

from vae_jax.errors import UserError

FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "TIFF")
ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".webp", ".tif", ".tiff")
MOST_PIXELS = 80_000_000  # of an image before it is resized: no bomb
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
GREY, COLOUR, DEEP = "L", "RGB", "I;16"  # 8 bits, three times 8 bits, 16 bits of grey
LEVELS = {GREY: 256, COLOUR: 256, DEEP: 65_536}
ORIENTED = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}  # what may tell
TO_DEEP = 257  # 255 * 257 = 65535


class Unreadable(Exception):
    """An image that cannot be read, and why, in a few words."""


class InColour(Exception):
    """An image that has colours, where grey ones were expected."""


class Fitting(NamedTuple):
    """How images are made alike: what they are stored as, and their size."""

    mode: str  # "L", "RGB" or "I;16"
    size: tuple[int, int] | None = None  # height and width; None: they have one size
    filter: str = "lanczos"  # by which they are resized, after a crop about their centre
    forced: bool = False  # colours become grey, by their luma, where grey is asked for

    @property
    def channels(self) -> int:
        """1 of grey images, 3 of red, green and blue."""
        return 3 if self.mode == COLOUR else 1

    @property
    def dtype(self) -> np.dtype:
        """Of a stored value: bytes, or 16 bits."""
        return np.dtype(np.uint16 if self.mode == DEEP else np.uint8)

    def in_words(self) -> Mapping[str, Any]:
        """What was done to each image, for the record and for other programs."""
        names = {GREY: "grey", COLOUR: "red, green, blue", DEEP: "grey, 16 bits"}
        luma = " (Pillow's luma of colours)" if self.forced and self.mode != COLOUR else ""
        done = {"pixels": names[self.mode] + luma, "transparent": "upon white"}
        done |= {"orientation": "as EXIF says"}
        if self.size is None:
            return done
        return {
            **{**done, "crop": "the largest centred part of the size's proportions"},
            **{"size": list(self.size), "filter": f"Pillow's {self.filter}"},
        }


def fitting_of(size: Any, filter: Any) -> tuple[tuple[int, int] | None, str]:
    """Height and width that a setting `size` asks for, and the filter; checked.

    A number is a square, a pair height and width, None as they are. Anything else is a
    `UserError`.
    """
    if filter not in FILTERS:
        raise UserError(
            f"config.dataset.filter: {filter!r} is not known; "
            f"there are: {', '.join(FILTERS)}"
        )
    if size is None or size == "":
        return None, filter
    whole = lambda n: isinstance(n, int) and not isinstance(n, bool) and 0 < n <= 4_096
    pair = (size, size) if whole(size) else size
    if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(map(whole, pair))):
        raise UserError(
            f"config.dataset.size: {size!r} is neither a number of pixels, 1 to 4096, nor "
            "two, height and width"
        )
    return (int(pair[0]), int(pair[1])), filter


def decoded(
    content: bytes, fitting: Fitting
) -> UInt8[np.ndarray, "H W C"] | UInt16[np.ndarray, "H W C"]:
    """An image file's pixels [H, W, C], upright, on white, in the mode and size asked for.

    Of several frames the first. `Unreadable` says what is wrong with it, `InColour` that it
    has colours where grey was asked for.
    """
    image = upright(content)
    if fitting.size is not None:
        image = resized(image, fitting)
    pixels = as_mode(plain_grey(image) if fitting.forced else image, fitting.mode)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def upright(content: bytes) -> Image.Image:
    """The image of a file, decoded whole, turned as its EXIF orientation says."""
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise Unreadable(f"{width}x{height} pixels, of more than {MOST_PIXELS:,}")
        if image.mode == "F":
            raise Unreadable("pixels are floats; save them as an array, .npy")
        image.load()
        # Pillow looks long for an orientation where none can be.
        return ImageOps.exif_transpose(image) if ORIENTED & image.info.keys() else image
    except Unreadable:
        raise
    except Exception as error:  # Pillow's decoders raise as they like on damaged files
        raise Unreadable(reason(content, error)) from None


def reason(content: bytes, error: Exception) -> str:
    """Why a file is no image, in a few words and without an address in memory."""
    if not content:
        return "empty"
    if "identify" in str(error):
        return "not an image of a kind that is read"
    return " ".join(str(error).split()) or type(error).__name__


def resized(image: Image.Image, fitting: Fitting) -> Image.Image:
    """The largest centred part of the proportions asked for, resized.

    With a palette or alpha, what is seen is resized: in colours, on white.
    """
    height, width = fitting.size
    deep = image.mode.startswith("I")
    image = image if deep or image.mode in (GREY, COLOUR) else plain(image)
    if image.size == (width, height):
        return image
    if deep:  # Pillow resizes 16 bits as floats
        image = Image.fromarray(np.asarray(image).astype(np.float32))
    return ImageOps.fit(image, (width, height), FILTERS[fitting.filter])


def plain(image: Image.Image) -> Image.Image:
    """An image of any mode as grey or RGB bytes, what is transparent upon white."""
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("RGBA", "LA", "La", "RGBa"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image).convert(COLOUR)
    if image.mode in ("1", "F"):
        return image.convert(GREY)
    return image if image.mode in (GREY, COLOUR) else image.convert(COLOUR)


def plain_grey(image: Image.Image) -> Image.Image:
    """An image as grey: 16 bits as they are, colours as Pillow's luma (ITU-R 601-2)."""
    deep = image.mode.startswith("I") or image.mode == "F"
    return image if deep else plain(image).convert(GREY)


def kind_of(content: bytes) -> tuple[str, tuple[int, int]]:
    """The mode that holds all of an image, and its height and width."""
    image = upright(content)
    size = image.size[::-1]
    if image.mode.startswith("I"):
        return DEEP, size
    try:
        as_mode(image, GREY)
    except InColour:
        return COLOUR, size
    return GREY, size


def as_mode(image: Image.Image, mode: str) -> np.ndarray:
    """Pixels [H, W] or [H, W, 3] in a mode; `InColour` where colours would be lost."""
    if image.mode.startswith("I") or image.mode == "F":
        deep = np.clip(np.round(np.asarray(image)), 0, 65_535).astype(np.uint16)
        if mode == DEEP:
            return deep
        grey = np.round(deep / TO_DEEP).astype(np.uint8)
        return grey if mode == GREY else np.repeat(grey[..., None], 3, axis=-1)
    pixels = np.asarray(plain(image))
    if mode == COLOUR:
        return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
    if pixels.ndim == 3:
        if (pixels != pixels[..., :1]).any():
            raise InColour
        pixels = pixels[..., 0]
    return pixels if mode == GREY else pixels.astype(np.uint16) * np.uint16(TO_DEEP)
