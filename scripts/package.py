"""Build the Lambda zip with Chalice, and refuse one that could not run.

Chalice leaves out what it cannot find or has no wheel for, and exits 0 all the same: so the zip is opened and
held against requirements.txt before it counts.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from chalice.package import TemplateDeepMerger
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from punai.provision.overlay import overlay
from punai.provision.project import Project

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("app.py", "requirements.txt", ".chalice", "punai", "plugins", "vendor")
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", ".*_cache", ".DS_Store", "deployments", "venv")
OWN_CODE = ("app.py", "punai/__init__.py", "punai/web/static/widget.js", "plugins/")
# LangSmith compresses traces with it where it is there. Nothing is traced here, and it is 5.6 MB.
NEEDLESS = ("zstandard",)
MB = 1_000_000
ZIP_LIMIT = 25 * MB
UNZIPPED_LIMIT = 100 * MB
CHALICE_SECONDS = 900


class PackageError(Exception):
    """The zip could not be built, or would not do; the message says why in one line."""


def main() -> int:
    """Build the zip and the template; exit 1 with one line if the zip would not do."""
    parser = argparse.ArgumentParser(description=__doc__)
    stages = json.loads((ROOT / ".chalice/config.json").read_text())["stages"]
    parser.add_argument("--stage", choices=sorted(stages), default="dev")
    parser.add_argument("--output", type=Path, default=ROOT / "build")
    arguments = parser.parse_args()
    try:
        prepare_packs(arguments.stage)
        package_file = build(arguments.stage, arguments.output)
        add_resources(package_file.with_name("sam.json"), arguments.stage)
        with ZipFile(package_file) as package:
            check_contents(package)
            report_sizes(package)
            check_sizes(package)
    except PackageError as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    return 0


def prepare_packs(stage: str) -> None:
    """Put each pack's classifier and index beside it, for `chalice deploy` too: a start has no time for them.

    Raises:
        PackageError: a pack is wrong; what is said of it is on stderr.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUNAI_")}
    business = Project(ROOT).environment(stage).get("PUNAI_BUSINESS", "")
    environment |= {"PUNAI_BUSINESS": business, "PUNAI_MODEL": "local", "PYTHONPATH": str(ROOT)}
    for command in ("understanding train", "kb build"):
        try:
            done = subprocess.run(  # noqa: S603  the command is this environment's own punai
                [sys.executable, "-m", "punai", *command.split(), "--for-lambda"],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=CHALICE_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise PackageError(f"punai {command} took more than {CHALICE_SECONDS} s") from None
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            raise PackageError(f"punai {command} failed, for the reason above")


def build(stage: str, output: Path) -> Path:
    """Run Chalice in a clean copy of the project, into the folder `output`, and return the zip's path.

    A copy, because Chalice ships every `__pycache__` it meets and reuses an earlier zip, good or bad.

    Raises:
        PackageError: Chalice failed; what it said is on stderr.
    """
    package = output / "deployment.zip"
    package.unlink(missing_ok=True)
    # Chalice fails late without a region; which one does not matter to the zip.
    environment = {"AWS_DEFAULT_REGION": "us-east-1", **os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as project:
        copy_project(Path(project))
        command = str(Path(sys.executable).with_name("chalice"))
        chalice = [command, "package", "--stage", stage, str(output.resolve())]
        try:
            done = subprocess.run(  # noqa: S603  the command is this environment's own chalice
                chalice, cwd=project, env=environment, capture_output=True, text=True, timeout=CHALICE_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise PackageError(f"chalice took more than {CHALICE_SECONDS} s: is the network there?") from None
    if done.returncode or not package.exists():
        print(done.stdout + done.stderr, file=sys.stderr)
        raise PackageError("chalice could not build the zip, for the reason above")
    leave_out_needless(package)
    return package


def leave_out_needless(package: Path) -> None:
    """Write the zip again without what a package brings along and does without."""
    leaner = package.with_suffix(".leaner")
    with ZipFile(package) as whole, ZipFile(leaner, "w", ZIP_DEFLATED) as kept:
        for entry in whole.infolist():
            if not entry.filename.startswith(NEEDLESS):
                kept.writestr(entry, whole.read(entry))
    leaner.replace(package)


def add_resources(sam: Path, stage: str) -> None:
    """Merge what the functions need into the template, as `chalice package --merge-template` would.

    It is done after Chalice is, since the resources are named after the functions that Chalice found.
    """
    functions = json.loads(sam.read_text())
    resources = overlay(Project(ROOT), stage, functions)
    sam.with_name("resources.json").write_text(json.dumps(resources, indent=2) + "\n")
    whole = TemplateDeepMerger().merge(resources, functions)
    sam.write_text(json.dumps(whole, indent=2) + "\n")


def copy_project(target: Path) -> None:
    """Copy what Chalice reads, links as links, without anything that running it here has left behind."""
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, symlinks=True, ignore=LEFT_BEHIND)
        else:
            shutil.copy2(source, target / name)


def check_contents(package: ZipFile) -> None:
    """Hold the zip against the project's own code and every pinned requirement.

    Raises:
        PackageError: something is missing.
    """
    names = package.namelist()
    missing = [part for part in OWN_CODE if not any(name.startswith(part) for name in names)]
    if missing:
        raise PackageError(
            f"the zip lacks {', '.join(missing)}: do vendor/punai and vendor/plugins link to them?"
        )
    missing = sorted(required_distributions() - shipped_distributions(names))
    if missing:
        python = f"python{sys.version_info.major}.{sys.version_info.minor}"
        raise PackageError(f"the zip lacks {', '.join(missing)}: no wheel fits Lambda's {python}")


def required_distributions() -> set[str]:
    """`name==version` of everything that requirements.txt names for the Python at hand."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [Requirement(line.removesuffix("\\")) for line in lines if line and line[0] not in " #"]
    return {
        f"{canonicalize_name(pin.name)}{pin.specifier}"
        for pin in pins
        if pin.name not in NEEDLESS and (pin.marker is None or pin.marker.evaluate())
    }


def shipped_distributions(names: list[str]) -> set[str]:
    """`name==version` of everything whose metadata lies at the zip's root."""
    roots = {name.split("/")[0] for name in names}
    metadata = (root.removesuffix(".dist-info") for root in roots if root.endswith(".dist-info"))
    return {f"{canonicalize_name(name)}=={version}" for name, version in (m.split("-") for m in metadata)}


def report_sizes(package: ZipFile) -> None:
    """Print the zip's size, what it unpacks to, and its ten largest parts."""
    zipped: Counter[str] = Counter()
    unzipped: Counter[str] = Counter()
    for entry in package.infolist():
        part = entry.filename.split("/")[0]
        zipped[part] += entry.compress_size
        unzipped[part] += entry.file_size
    size, unpacked = sizes(package)
    print(f"{package.filename}: for Lambda's python{sys.version_info.major}.{sys.version_info.minor}, x86_64")
    print(f"{size / MB:8.1f} MB zipped, of {ZIP_LIMIT // MB}")
    print(f"{unpacked / MB:8.1f} MB unzipped, of {UNZIPPED_LIMIT // MB}")
    print("The ten largest parts, in MB zipped and unzipped:")
    for part, part_size in zipped.most_common(10):
        print(f"{part_size / MB:8.2f} {unzipped[part] / MB:8.2f}  {part}")


def check_sizes(package: ZipFile) -> None:
    """Hold the zip against its limits: what is larger starts slowly.

    Raises:
        PackageError: the zip, or what it unpacks to, is over its limit.
    """
    size, unpacked = sizes(package)
    if size > ZIP_LIMIT or unpacked > UNZIPPED_LIMIT:
        raise PackageError(
            f"too large: over {ZIP_LIMIT // MB} MB zipped or {UNZIPPED_LIMIT // MB} MB unzipped"
        )


def sizes(package: ZipFile) -> tuple[int, int]:
    """Bytes of the zip and of what it unpacks to."""
    return Path(str(package.filename)).stat().st_size, sum(entry.file_size for entry in package.infolist())


if __name__ == "__main__":
    sys.exit(main())
