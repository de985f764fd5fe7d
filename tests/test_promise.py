"""Addresses that customers leave are found as they are written, and nothing else is taken for one."""

import pytest

from punai.promise import find_email


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann@shop.example", "ann@shop.example"),
        ("write to ann.lee+x@mail.shop.co.uk.", "ann.lee+x@mail.shop.co.uk"),
        ("(ann_lee@shop.example)", "ann_lee@shop.example"),
        ("I'm @ the shop, at 5 o'clock", None),
        ("ann@shop", None),
        ("@ann and bob@", None),
        ("a@b@c.de", None),
    ],
)
def test_an_address_is_found(text: str, found: str | None) -> None:
    assert find_email(text) == found
