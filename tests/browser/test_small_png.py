"""Pictures lose bytes, not points."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from playwright.sync_api import Browser

from tests.browser.small_png import small


def shades(number: int) -> str:
    """A page with so many shades of grey and red."""
    boxes = "".join(f'<b style="background:rgb({n},{n // 2},{n // 3})"></b>' for n in range(number))
    return f"<style>b{{display:inline-block;width:9px;height:9px}}body{{margin:0;width:200px}}</style>{boxes}"


@pytest.mark.parametrize("number", [1, 200])
def test_a_picture_of_few_colours_has_the_same_points(chromium: Browser, number: int) -> None:
    page = chromium.new_page(viewport={"width": 200, "height": 120})
    page.set_content(shades(number))
    before = page.screenshot()
    after = small(before)
    compare = """async ([before, after]) => {
      const points = async (data) => {
        const image = new Image();
        image.src = "data:image/png;base64," + data;
        await image.decode();
        const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
        context.drawImage(image, 0, 0);
        return [image.width, ...context.getImageData(0, 0, image.width, image.height).data].join();
      };
      return await points(before) === await points(after);
    }"""
    assert page.evaluate(compare, [_text(before), _text(after)])
    page.close()


def test_a_page_of_text_takes_less_than_half(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 400, "height": 300})
    page.set_content("<p>" + "a page of words, black on white " * 40)
    before = page.screenshot()
    page.close()
    assert 2 * len(small(before)) < len(before)


def test_what_is_no_picture_of_a_browser_is_refused() -> None:
    with pytest.raises(ValueError, match="no PNG"):
        small(b"GIF89a")
    header = b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
    with pytest.raises(ValueError, match="truecolour"):
        small(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)))


def _text(png: bytes) -> str:
    return base64.b64encode(png).decode()
