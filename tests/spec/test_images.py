"""What an image is, by its own first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.images import Image, read
from tests.pictures import gif, jpeg, png, webp_extended, webp_lossless, webp_lossy


@pytest.mark.parametrize(
    ("make", "media_type"),
    [
        (png, "image/png"),
        (gif, "image/gif"),
        (jpeg, "image/jpeg"),
        (webp_lossy, "image/webp"),
        (webp_lossless, "image/webp"),
        (webp_extended, "image/webp"),
    ],
)
def test_an_image_is_told_with_its_size(make: object, media_type: str) -> None:
    assert callable(make)
    for width, height in ((1, 1), (300, 17), (1024, 1025), (9000, 2)):
        assert read(make(width, height)) == Image(media_type, width, height)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html>",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xff\xd8\xff\xe0\x00\x00" + b"\xff" * 20,
        b"RIFF\0\0\0\0WEBPVP9 " + b"\0" * 30,
        b"RIFF\0\0\0\0WEBPVP8 " + b"\0" * 30,
        b"BM" + b"\0" * 60,
    ],
)
def test_what_is_none_of_them_is_none(data: bytes) -> None:
    assert read(data) is None


@given(st.sampled_from([png, gif, jpeg, webp_lossy, webp_lossless, webp_extended]), st.integers(0, 60), st.binary())
def test_nothing_that_is_cut_or_spoilt_breaks_it(make: object, at: int, noise: bytes) -> None:
    assert callable(make)
    whole = make(10, 10)
    for data in (whole[:at], whole[:at] + noise, noise):
        found = read(data)
        assert found is None or found.media_type.startswith("image/")
