"""Addresses that customers leave are found as they are written, and nothing else is taken for one."""

import pytest

from punai.promise import own_address


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
        ("我的邮箱是ann@example.com谢谢", "ann@example.com"),
        ("ann@shop.example or bob@shop.example", None),
        ("my colleague bob@x.example asked you too: when are you open on the next holiday?", None),
    ],
)
def test_an_address_is_found_where_hardly_anything_stands_beside_it(text: str, found: str | None) -> None:
    assert own_address(text) == found
