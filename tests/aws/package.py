"""The zip as `make package` builds it, unpacked as Lambda unpacks it."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]
SECONDS = 900


def build(output: Path) -> Path:
    """Build the zip into a folder: its path. It takes seconds where pip has the wheels, minutes where not.

    Raises:
        RuntimeError: it could not be built; the message is what the build said.
    """
    built = subprocess.run(
        [sys.executable, str(ROOT / "scripts/package.py"), "--output", str(output)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if built.returncode:
        raise RuntimeError(f"make package failed:\n{built.stdout}{built.stderr}")
    return output / "deployment.zip"


def unpack(package: Path, folder: Path) -> Path:
    """Unpack the zip into an empty folder: what is /var/task on Lambda."""
    folder.mkdir()
    with ZipFile(package) as zipped:
        zipped.extractall(folder)
    return folder
