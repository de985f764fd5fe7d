"""What was trained, in one file: a checksum, a header in JSON, and parts of bytes."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from punai.whole_file import whole_file

_MAGIC = b"PunAI understanding 1\n"
_DIGEST_LENGTH = 64


def write(path: Path, header: Mapping[str, Any], parts: Mapping[str, bytes]) -> None:
    """Write the file, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    sizes = {name: len(part) for name, part in parts.items()}
    first = json.dumps({"header": header, "sizes": sizes}).encode() + b"\n"
    content = b"".join([first, *parts.values()])
    with whole_file(path) as file:
        file.write(_MAGIC + hashlib.sha256(content).hexdigest().encode() + b"\n" + content)


def read(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The header and the parts.

    Raises:
        OSError: it is not there, or cannot be read.
        ValueError: it is not such a file, or is damaged.
    """
    raw = path.read_bytes()
    start = len(_MAGIC) + _DIGEST_LENGTH + 1
    content = memoryview(raw)[start:]
    found = hashlib.sha256(content).hexdigest()
    if raw[:start] != _MAGIC + found.encode() + b"\n":
        raise ValueError(f"{path} is damaged, or no file of weights")
    end = raw.index(b"\n", start) + 1
    first = json.loads(raw[start:end])
    parts = {}
    for name, size in first["sizes"].items():
        parts[name] = raw[end : end + size]
        end += size
    return first["header"], parts
