"""The strings that requests are made of. Their patterns mean the same to Rust, Python and JavaScript, which
disagree on what white space is: so the OpenAPI document promises exactly what the application accepts."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

# Not white space by anybody's definition, nor a control character.
_VISIBLE = r"[^\s\x00-\x1f\x7f-\x9f\ufeff]"
_NO_CONTROL = r"[^\x00-\x1f\x7f]*"

Identifier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=f"^{_NO_CONTROL}{_VISIBLE}{_NO_CONTROL}$"),
]
"""A name somebody else gave: kept as it is, but never blank and never with control characters."""

Words = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=4000, pattern=rf"^[^\x00]*{_VISIBLE}[^\x00]*$"
    ),
]
"""What a person or a bot said: trimmed, not blank, without NUL."""

OneLine = Annotated[str, StringConstraints(max_length=128, pattern=f"^{_NO_CONTROL}$")]
"""Up to a line of text, without control characters; may be empty."""

Plain = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""Any text without NUL."""

Remark = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
"""A comment, which may be empty; without NUL."""


def _digits(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch("[0-9]{1,9}", value):
        raise ValueError("not a number")
    return value


HowMany = Annotated[int, Field(ge=1, le=100), BeforeValidator(_digits)]
"""A number of things in a query, in plain digits: pydantic would also take "1_0", " 1 " and "1.0"."""


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Stars = Annotated[int, Field(ge=1, le=5), BeforeValidator(_whole)]
"""A rating in a body, where 3.0 is a whole number to JSON, and 3.5 is none."""

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
Email = Annotated[
    str,
    StringConstraints(
        max_length=128, pattern=rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+$"
    ),
]
"""Plausibly an e-mail address; as long as a user id may be, since it is one."""

WhichBusiness = Annotated[
    Identifier | None, Field(description="the id of a business: its pack's folder; left out, the default one")
]
"""The business that is asked, where a server has several."""


class Body(BaseModel):
    """The base of request bodies: a number is no string; unknown fields are ignored, for newer clients."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Query(BaseModel):
    """The base of queries, and one that asks for nothing; unknown parameters are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
