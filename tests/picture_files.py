"""Pictures of every mode as bytes of a file, from one colored image: what a user's folder holds."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np

HEIGHT, WIDTH = 24, 32
_Y, _X = np.mgrid[:HEIGHT, :WIDTH]
RGB = np.stack([_Y * 7 + _X, _X * 6 + _Y, 255 - _Y * 4 - _X * 3], axis=-1).astype(np.uint8)
GREY = RGB[..., 0]
ALPHA = (_X * 8).astype(np.uint8)
# The upper eight bits are those of GREY.
GREY_16 = GREY.astype(np.uint16) << 8 | np.random.default_rng(0).integers(0, 256, GREY.shape)
GREY_16 = GREY_16.astype(np.uint16)


def encoded(picture, kind, **options):
    """The bytes of a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def files(pillow):
    """`{name: bytes}`: what Pillow writes, and by hand what it does not."""
    image = pillow.fromarray
    color, grey, palette = image(RGB), image(GREY), image(RGB).quantize(16)
    faded = image(np.dstack([RGB, ALPHA]))
    second = image(RGB[::-1].copy())
    return {
        "color.png": encoded(color, "png"),
        "grey.png": encoded(grey, "png"),
        "grey_16.png": encoded(image(GREY_16), "png"),
        "one_bit.png": encoded(image(GREY > 99), "png"),
        "grey_alpha.png": encoded(pillow.merge("LA", (grey, image(ALPHA))), "png"),
        "alpha.png": encoded(faded, "png"),
        "palette.png": encoded(palette, "png"),
        "palette_alpha.png": encoded(palette, "png", transparency=bytes(range(0, 256, 16))),
        "palette_key.png": encoded(palette, "png", transparency=3),
        "grey_key.png": encoded(grey, "png", transparency=7),
        "color_key.png": encoded(color, "png", transparency=(1, 2, 3)),
        "color_16.png": png(16, 2, RGB.astype(">u2") * 257),
        "alpha_16.png": png(16, 6, np.dstack([RGB, ALPHA]).astype(">u2") * 257),
        "grey_alpha_16.png": png(16, 4, np.dstack([GREY, ALPHA]).astype(">u2") * 257),
        "grey_2.png": png(2, 0, packed(GREY >> 6, 2)),
        "grey_4.png": png(4, 0, packed(GREY >> 4, 4)),
        "color.jpg": encoded(color, "jpeg", quality=95),
        "progressive.jpg": encoded(color, "jpeg", quality=95, progressive=True),
        "full_chroma.jpeg": encoded(color, "jpeg", quality=95, subsampling=0),
        "grey.jpg": encoded(grey, "jpeg", quality=95),
        "cmyk.jpg": encoded(color.convert("CMYK"), "jpeg", quality=95),
        "color.bmp": encoded(color, "bmp"),
        "still.gif": encoded(palette, "gif"),
        "key.gif": encoded(palette, "gif", transparency=3),
        "animated.gif": encoded(
            palette, "gif", save_all=True, append_images=[second.quantize(16)], duration=50
        ),
    }


def more_files(pillow):
    """`{name: (bytes, pixels)}`: what Keras leaves out, or cannot read."""
    image, color = pillow.fromarray, pillow.fromarray(RGB)
    faded = image(np.dstack([RGB, ALPHA]))
    grey_16 = np.stack([GREY] * 3, axis=-1)
    animated = {"save_all": True, "append_images": [image(RGB[::-1].copy())]}
    return {
        "color.webp": (encoded(color, "webp", lossless=True), RGB),
        "alpha.webp": (encoded(faded, "webp", lossless=True, exact=True), RGB),
        "animated.webp": (encoded(color, "webp", lossless=True, **animated), RGB),
        "color.tif": (encoded(color, "tiff"), RGB),
        "pages.tiff": (encoded(color, "tiff", **animated), RGB),
        "packed.tiff": (encoded(color, "tiff", compression="tiff_lzw"), RGB),
        "grey_16.tif": (encoded(image(GREY_16), "tiff"), grey_16),
        "big_endian.tif": (tiff(">", 16, GREY_16.astype(">u2").tobytes()), grey_16),
        "white_is_zero.tif": (
            tiff("<", 16, (~GREY_16).astype("<u2").tobytes(), white_is_zero=True),
            grey_16,
        ),
        "twelve_bits.tif": (tiff("<", 12, twelve(GREY_16 >> 4)), grey_16),
    }


def png(bits, color, rows):
    """A PNG file of so many bits a channel, of a color type of its standard."""
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, color, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def packed(values, bits):
    """Several pixels in each byte, the first one in the upper bits."""
    many = 8 // bits
    return sum(values[:, k::many] << (8 - bits * (k + 1)) for k in range(many)).astype(np.uint8)


def twelve(values):
    """Two pixels of 12 bits in three bytes."""
    first, second = values.reshape(-1, 2).astype(np.uint32).T
    three = [first >> 4, (first & 15) << 4 | second >> 8, second & 255]
    return np.stack(three, axis=-1).astype(np.uint8).tobytes()


def tiff(order, bits, data, *, white_is_zero=False):
    """A grey TIFF file in one strip, in a byte order that Pillow does not write."""
    short, long = 3, 4
    start = 8 + 2 + 9 * 12 + 4
    tags = [
        *((256, long, WIDTH), (257, long, HEIGHT), (258, short, bits), (259, short, 1)),
        *((262, short, int(not white_is_zero)), (273, long, start), (277, short, 1)),
        *((278, long, HEIGHT), (279, long, len(data))),
    ]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(tags))
    for tag, kind, value in tags:
        form = f"{order}HHIHH" if kind == short else f"{order}HHII"
        head += struct.pack(form, tag, kind, 1, *((value, 0) if kind == short else (value,)))
    return head + struct.pack(f"{order}I", 0) + data
