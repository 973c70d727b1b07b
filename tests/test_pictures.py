"""Pictures are read as viewers show them, and a file that is none is refused in one line."""

import os
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_predict import DIGITS, MNIST_SHAPE, enlarged, write_png

from jaxreg.data.pictures import fit_picture, read_picture
from jaxreg.errors import InputError


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width, height, data=b"", depth=8, extra=b""):
    """Returns a gray PNG file that claims a size, with chunks before its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no picture that can be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 2 2\n", "no picture that can be read; allowed are PNG, JPEG"),
        (b"P5 2 2 255\n0000", "an empty picture"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (png_of(28, 28, b"\0" * 29)[:-20], "cannot be read"),
        (png_of(10_000, 10_000), "pixels; give a smaller picture"),
        (png_of(100_000, 100_000), "pixels; give a smaller picture"),
        (png_of(2, 2, b"\0\x80\x80" * 2), "an empty picture"),
    ],
    ids=["empty file", "EPS", "blank PGM", "signature alone", "cut", "bomb", "larger bomb", "one gray"],
)
def test_a_file_that_is_no_picture_is_refused_in_one_line(content, said, tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match=said) as caught:
            fit_picture(str(path), read_picture(path, 1), MNIST_SHAPE, DIGITS)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_cut_of_a_png_is_refused_or_read_whole(digits, tmp_path):
    path = tmp_path / "x.png"
    write_png(path, digits[0][0])
    content = path.read_bytes()
    for end in range(0, len(content), 7):
        path.write_bytes(content[:end])
        try:
            np.testing.assert_array_equal(read_picture(path, 1)[..., 0], digits[0][0])
        except InputError:
            continue


def test_what_cannot_be_a_picture_of_this_network_is_refused(digits, tmp_path):
    path = tmp_path / "x.png"
    with pytest.raises(InputError, match="no such file"):
        read_picture(path, 1)
    with pytest.raises(InputError, match="takes images of 2 channels"):
        read_picture(path, 2)
    with pytest.raises(
        InputError, match=r"no ink, nothing is brighter than the border; try the other of --invert yes and no"
    ):
        fit_picture("x", 255 - enlarged(digits[0][0])[..., np.newaxis], MNIST_SHAPE, DIGITS, "no")
    os.mkfifo("pipe.png")
    for name, kind in (("pipe.png", "a pipe"), (".", "a folder"), ("/dev/zero", "a device")):
        with pytest.raises(InputError, match=f"{kind}; it must be a picture, a file on disk"):
            read_picture(Path(name), 1)


def test_pictures_of_16_bits_of_a_palette_and_of_one_bit_are_read_as_what_they_show(digits, tmp_path):
    digit = digits[0][0]
    path = tmp_path / "x.png"
    Image.fromarray(digit.astype(np.uint16) * 257).save(path)
    np.testing.assert_array_equal(read_picture(path, 1)[..., 0], digit)
    Image.fromarray(digit).convert("P").save(path)
    np.testing.assert_array_equal(read_picture(path, 3), np.stack([digit] * 3, axis=-1))
    Image.fromarray(digit > 127).save(path)
    np.testing.assert_array_equal(read_picture(path, 1)[..., 0], 255 * (digit > 127))


def shown(content):
    Path("x.png").write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_picture(Path("x.png"), 1)[..., 0].tolist()


ROWS = b"\0\x00\x80\0\xff\x40"  # 2x2: 0 128, 255 64


def exif(orientation):
    return b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", 0x112, 3, 1, orientation, 0) + b"\0\0\0\0"


@pytest.mark.parametrize(
    ("orientation", "expected"),  # by the EXIF standard: where the stored first row and first column are shown
    [
        (1, [[0, 128], [255, 64]]),
        (2, [[128, 0], [64, 255]]),
        (3, [[64, 255], [128, 0]]),
        (4, [[255, 64], [0, 128]]),
        (5, [[0, 255], [128, 64]]),
        (6, [[255, 0], [64, 128]]),
        (7, [[64, 128], [255, 0]]),
        (8, [[128, 64], [0, 255]]),
        (0, [[0, 128], [255, 64]]),
        (9, [[0, 128], [255, 64]]),
    ],
)
def test_a_stored_orientation_is_applied_as_viewers_do(orientation, expected):
    assert shown(png_of(2, 2, ROWS, extra=chunk(b"eXIf", exif(orientation)))) == expected
    Image.fromarray(np.array([[0, 128], [255, 64]], np.uint8)).save("y.png", exif=exif(orientation))
    assert read_picture(Path("y.png"), 3)[..., 1].tolist() == expected


@pytest.mark.parametrize("damaged", [b"", b"II", b"garbage!!", exif(6)[:12], exif(6).replace(b"\1\0\0\0", b"\xff" * 4)])
def test_damaged_exif_turns_nothing_and_says_nothing(damaged):
    assert shown(png_of(2, 2, ROWS, extra=chunk(b"eXIf", damaged))) == [[0, 128], [255, 64]]


def test_a_stored_gamma_is_applied_unless_srgb_or_a_profile_stands_beside_it():
    def gamma(hundred_thousandths):
        return chunk(b"gAMA", struct.pack(">I", hundred_thousandths))

    linear = [[0, round(255 * (128 / 255) ** (1 / 2.2))], [255, round(255 * (64 / 255) ** (1 / 2.2))]]
    assert shown(png_of(2, 2, ROWS, extra=gamma(100_000))) == linear
    for extra in (gamma(45_455), gamma(0), chunk(b"sRGB", b"\0") + gamma(100_000)):
        assert shown(png_of(2, 2, ROWS, extra=extra)) == [[0, 128], [255, 64]]


@pytest.mark.parametrize(
    ("depth", "rows", "clear", "expected"),
    [
        (2, b"\0\x10\0\xb0", 1, [[0, 255], [170, 255]]),
        (4, b"\0\x18\0\xb0", 8, [[17, 255], [187, 0]]),
        (8, ROWS, 128, [[0, 255], [255, 64]]),
        (16, b"\0\0\0\x80\x01\0\xff\xff\x40\0", 0x8001, [[0, 255], [255, 64]]),
        (16, b"\0\0\0\x80\x01\0\xff\xff\x40\0", 0x8000, [[0, 128], [255, 64]]),
    ],
)
def test_the_gray_that_a_png_calls_transparent_is_white_at_every_depth(depth, rows, clear, expected):
    assert shown(png_of(2, 2, rows, depth, chunk(b"tRNS", struct.pack(">H", clear)))) == expected
