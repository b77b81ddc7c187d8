"""Reading pictures of every kind that ImageNet folders hold, and the store that keeps them."""

import struct
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from data_helpers import make_classes, noise_store, save_picture
from PIL import Image

from tinyalex.data import BrokenPicture, PictureStore, find_pictures, read_picture

COLOUR = (200, 100, 50)


def reads_as(path, colour, tolerance=2):
    picture = read_picture(path, 32)
    assert picture.shape == (32, 32, 3)
    assert picture.dtype == np.uint8
    np.testing.assert_allclose(picture.reshape(-1, 3).mean(axis=0), colour, atol=tolerance)


def save(image, path, **options):
    image.save(path, **options)
    return path


@pytest.fixture
def plain():
    return Image.new("RGB", (60, 40), COLOUR)


def test_modes_become_rgb(tmp_path, plain):
    reads_as(save(plain, tmp_path / "rgb.jpg", quality=95), COLOUR)
    reads_as(save(plain.convert("CMYK"), tmp_path / "cmyk.jpg", quality=95), COLOUR, 3)
    reads_as(save(plain, tmp_path / "really_png.JPEG", format="PNG"), COLOUR)
    reads_as(save(Image.new("L", (40, 60), 90), tmp_path / "grey.jpg"), (90, 90, 90))
    reads_as(save(Image.new("1", (40, 60), 1), tmp_path / "bit.png"), (255, 255, 255))
    reads_as(save(Image.new("LA", (40, 60), (90, 10)), tmp_path / "la.png"), (90, 90, 90))
    reads_as(save(Image.new("RGBA", (40, 60), (*COLOUR, 0)), tmp_path / "rgba.png"), COLOUR)


def test_palette_with_transparency(tmp_path, plain):
    palette = plain.quantize(4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reads_as(save(palette, tmp_path / "one.png", transparency=0), COLOUR)
        reads_as(save(palette, tmp_path / "many.png", transparency=bytes([0, 100])), COLOUR)


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path):
    values = np.full((40, 60), 200 * 257, dtype=np.uint16)
    reads_as(save(Image.fromarray(values), tmp_path / "grey16.png"), (200, 200, 200), 0)
    reads_as(save(Image.fromarray(values), tmp_path / "grey16.tif"), (200, 200, 200), 0)


RAMP = np.linspace(0, 1, 64)[None].repeat(64, axis=0)  # from black to white
DEEP = {  # the formats that hold such numbers, and ranges found in practice
    "uint16": (("tif", "png"), [(0, 65535)]),
    "int32": (("tif",), [(0, 255), (0, 65535), (0, 2**31 - 1), (-500, 1000)]),
    "intc": (("pgm",), [(0, 65535)]),  # written with 16 bits
    "float32": (("tif", "pfm"), [(0, 1), (0, 255), (-1, 1), (1e-9, 1e-8), (0, 1e30)]),
}


def is_ramp(path):
    picture = read_picture(path, 64)
    expected = np.rint(RAMP * 255)[..., None]
    np.testing.assert_allclose(picture, np.broadcast_to(expected, picture.shape), atol=1)


@pytest.mark.parametrize(
    ("dtype", "low", "high", "suffix"),
    [
        (dtype, low, high, suffix)
        for dtype, (suffixes, ranges) in DEEP.items()
        for low, high in ranges
        for suffix in suffixes
    ],
)
def test_deep_grey_is_neither_black_nor_white(tmp_path, dtype, low, high, suffix):
    if f".{suffix}" not in Image.registered_extensions():
        pytest.skip("this Pillow knows no PFM")
    values = low + RAMP * (float(high) - low)
    path = tmp_path / f"ramp.{suffix}"
    is_ramp(save(Image.fromarray(values.astype(dtype)), path))


def write_tiff(path, data, bits, sample_format=1):
    """A grey TIFF of 64 × 64 by hand, of a kind that Pillow reads but does not write."""
    tags = {256: 64, 257: 64, 258: bits, 259: 1, 262: 1, 273: 134, 277: 1, 278: 64, 279: len(data)}
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items()]
    entries.append(struct.pack("<HHII", 339, 4, 1, sample_format))
    header = b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4)
    path.write_bytes(header + data)


def test_grey_of_12_bits(tmp_path):
    levels = np.rint(RAMP * 4095).astype(int)
    a, b = levels[:, ::2], levels[:, 1::2]
    packed = np.stack([a >> 4, (a & 15) << 4 | b >> 8, b & 255], axis=-1).astype(np.uint8)
    write_tiff(tmp_path / "twelve.tif", packed.tobytes(), 12)
    is_ramp(tmp_path / "twelve.tif")


@pytest.mark.parametrize(
    ("dtype", "sample_format", "low", "high"),
    [("<u4", 1, 0, 2**32 - 1), ("<i4", 2, -(2**31), 2**31 - 1), ("<i2", 2, -(2**15), 2**15 - 1)],
)
def test_integers_with_and_without_a_sign(tmp_path, dtype, sample_format, low, high):
    values = np.rint(low + RAMP * (high - low)).astype(dtype)
    write_tiff(tmp_path / "i.tif", values.tobytes(), 8 * values.itemsize, sample_format)
    is_ramp(tmp_path / "i.tif")


def test_white_is_zero(tmp_path):
    values = ((1 - RAMP) * 65535).astype("uint16")
    is_ramp(save(Image.fromarray(values), tmp_path / "inverted.tif", tiffinfo={262: 0}))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (RAMP * 4095, "16-bit values end at 4,095 of 65,535"),
        (RAMP * 0, "16-bit values end at 0 of 65,535"),
        (np.int32(RAMP * 0 + 200), "all of its values are 200"),
        (np.float32(RAMP * 0 + 0.5), "all of its values are 0.5"),
        (np.float32(np.where(RAMP < 0.5, np.nan, RAMP)), "NaN or infinite"),
        (np.float32(np.where(RAMP < 0.5, -np.inf, RAMP)), "NaN or infinite"),
    ],
)
def test_grey_that_would_be_black_is_refused(tmp_path, values, words):
    values = values.astype("uint16") if values.dtype == np.float64 else values
    path = save(Image.fromarray(values), tmp_path / "dark.tif")
    with pytest.raises(BrokenPicture, match=f"dark.tif: .*{words}"):
        read_picture(path)


@pytest.mark.parametrize("suffix", ["png", "tif", "gif", "webp", "jpg", "bmp"])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB"])
def test_no_mode_turns_black_in_silence(tmp_path, mode, suffix):
    grey = Image.fromarray((RAMP * 255).astype(np.uint8))
    try:
        path = tmp_path / f"ramp.{suffix}"
        base = grey.convert("LA" if mode == "PA" else "RGB")
        save(base if mode == base.mode else base.convert(mode), path)
    except (OSError, ValueError):
        return  # Pillow does not write such files
    try:
        picture = read_picture(path, 64)
    except BrokenPicture:
        assert mode in ("LAB", "YCbCr")  # named at least; old Pillows cut the latter off
        return
    assert picture[:, :8].mean() < 40
    assert picture[:, -8:].mean() > 215


@pytest.mark.filterwarnings("ignore:Palette images")
@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_pictures_drawn_by_their_transparency_are_refused(tmp_path, mode):
    icon = Image.new("RGB", (64, 64), (0, 0, 0))
    icon.putalpha(Image.fromarray((RAMP * 255).astype(np.uint8)))  # a black shape on nothing
    path = save(icon.convert(mode) if mode != "P" else icon.quantize(9), tmp_path / "icon.png")
    with pytest.raises(BrokenPicture, match="without its transparency it has only one colour"):
        read_picture(path)


def test_first_frame_of_an_animation(tmp_path, plain):
    second = Image.new("RGB", plain.size, (0, 0, 255))
    path = tmp_path / "moving.gif"
    plain.save(path, save_all=True, append_images=[second])
    reads_as(path, COLOUR)


def test_central_square_of_the_shorter_side(tmp_path):
    pixels = np.zeros((64, 192, 3), dtype=np.uint8)
    pixels[:, 64:128] = 255  # the central square alone is white
    wide, tall = Image.fromarray(pixels), Image.fromarray(pixels.transpose(1, 0, 2))
    assert read_picture(save(wide, tmp_path / "wide.png"), 64).min() == 255
    assert read_picture(save(tall, tmp_path / "tall.png"), 64).min() == 255
    assert read_picture(save_picture(tmp_path / "tiny.png", size=(1, 3)), 16).shape == (16, 16, 3)


def test_exif_rotation_is_not_applied(tmp_path):
    pixels = np.zeros((40, 40, 3), dtype=np.uint8)
    pixels[:20] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees
    picture = read_picture(save(Image.fromarray(pixels), tmp_path / "r.jpg", exif=exif), 40)
    assert picture[:15].min() > 240
    assert picture[25:].max() < 15


def test_a_big_jpeg_decoded_small_looks_the_same(tmp_path):
    y, x = np.mgrid[:1200, :1600]
    pixels = np.stack([x * 255 // 1599, y * 255 // 1199, 127 + 100 * np.sin(x / 40)], axis=-1)
    image = Image.fromarray(pixels.astype(np.uint8))
    jpeg = read_picture(save(image, tmp_path / "big.jpg", quality=95), 64)
    png = read_picture(save(image, tmp_path / "big.png", compress_level=1), 64)
    assert np.abs(jpeg.astype(int) - png).max() <= 12


def test_a_big_jpeg_keeps_its_detail(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (64, 64, 1), dtype=np.uint8).repeat(3, axis=2)
    image = Image.fromarray(noise).resize((512, 512), Image.Resampling.NEAREST)
    jpeg = read_picture(save(image, tmp_path / "big.jpg", quality=95), 64)
    png = read_picture(save(image, tmp_path / "big.png"), 64)
    assert jpeg.std() == pytest.approx(png.std(), rel=0.05)


def test_broken_files(tmp_path, plain):
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    whole = save(noise, tmp_path / "whole.jpg").read_bytes()
    png = save(noise, tmp_path / "whole.png").read_bytes()
    broken = {
        "truncated.jpg": whole[: len(whole) // 2],
        "truncated.png": png[: len(png) // 2],
        "text.jpg": b"no picture",
        "empty.jpg": b"",
    }
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
    for name in [*broken, "missing.jpg"]:
        with pytest.raises(BrokenPicture) as caught:
            read_picture(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert issubclass(BrokenPicture, ValueError)


def test_store_keeps_what_fits(tmp_path):
    make_classes(tmp_path, ["a", "b"], 4)
    pictures, _, _ = find_pictures(tmp_path)
    store = PictureStore(pictures, size=8, cache_bytes=2 * 8 * 8 * 3 + 1)
    assert len(store) == 6
    assert store.classes == ["a", "b"]
    assert store.labels is pictures.labels
    first, second, third = (store.load(i) for i in range(3))
    for path in pictures.paths[:2]:
        path.unlink()
    assert store.load(0) is first
    assert store.load(1) is second
    assert store.load(2) is not third  # did not fit, so it was read again
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0


def test_store_remembers_broken_pictures(tmp_path):
    make_classes(tmp_path, ["a"], 4)
    pictures, _, _ = find_pictures(tmp_path)
    content = pictures.paths[1].read_bytes()
    pictures.paths[1].write_text("broken")
    store = PictureStore(pictures, size=8)
    with pytest.raises(BrokenPicture) as first:
        store.load(1)
    pictures.paths[1].write_bytes(content)
    with pytest.raises(BrokenPicture) as again:
        store.load(np.int64(1))
    assert store.broken == {1: str(first.value)}
    assert str(again.value) == str(first.value)


def test_store_is_safe_in_threads(tmp_path):
    store = noise_store(tmp_path)
    expected = [read_picture(path, 16) for path in store.pictures.paths]
    wrong = []

    def read_all(seed):
        for i in np.random.default_rng(seed).permutation(len(store)):
            if not np.array_equal(store.load(i), expected[i]):
                wrong.append(i)

    threads = [threading.Thread(target=read_all, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_odd_exif_data_gives_no_warnings(tmp_path, plain):
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40
    path = save(plain, tmp_path / "odd.jpg", exif=exif)
    code = f"from tinyalex.data import read_picture; read_picture({str(path)!r}, 32)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    code = f"from PIL import Image; Image.open({str(path)!r})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Warning" in result.stderr  # which shows that the file is one of those
