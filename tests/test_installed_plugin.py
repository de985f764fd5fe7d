"""A third party's plugin: a wheel, installed by pip, found here and inside the Lambda zip."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.aws import conftest as aws
from tests.aws.lambda_process import command, environment
from tests.cli.test_plugin_new import write

ROOT = Path(__file__).parents[1]

# The zip, built once for all tests of a session, and Lambda's own packages.
shared, task, runtime = aws.shared, aws.task, aws.runtime

pytest.importorskip("setuptools", reason="builds the package: pip install setuptools wheel")

SHOP = """
name = "Shop"
escalate_to = ["crm"]

[settings.crm]
url = "https://crm.example"
"""
LISTED = """
import json, sys
from pathlib import Path
from punai.tenant import Tenant
from punai.plugin_manager import PluginManager
import punai

manager = PluginManager(Path("nowhere"))
[found] = [plugin for plugin in manager.loaded() if not plugin.built_in]
settings = {"crm": {"url": "https://crm.example"}}
shop = Tenant(id="shop", name="Shop", escalate_to=("crm",), settings=settings)
handlers = manager.business(shop).handlers
print(json.dumps({
    "name": found.name, "version": found.version, "origin": found.origin, "hooks": found.hooks,
    "punai": found.punai, "handler": handlers["crm"].__module__, "from": punai.__file__,
}))
"""


def pip(*arguments: str) -> None:
    """pip, without a network."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the author of a plugin publishes: that of `punai plugin new crm`."""
    folder = tmp_path_factory.mktemp("author")
    project = write(folder, "crm", "handler")
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    pip("wheel", *offline, "--wheel-dir", str(folder), str(project))
    [built] = folder.glob("punai_crm-0.1.0-*.whl")
    return built


def install(wheel: Path, folder: Path) -> None:
    """Install it beside what is in the folder."""
    pip("install", "--no-index", "--no-deps", "--no-compile", "--target", str(folder), str(wheel))


def test_installed_plugin_is_found_here(wheel: Path, tmp_path: Path) -> None:
    install(wheel, tmp_path / "site")
    (tmp_path / "plugins/shop").mkdir(parents=True)
    (tmp_path / "plugins/shop/business.toml").write_text(SHOP)
    done = subprocess.run(
        [sys.executable, "-m", "punai", "plugins", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path / 'site'}:{ROOT}", "PUNAI_STORE": "sqlite:///:memory:"},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[-1] == {
        "name": "crm",
        "version": "0.1.0",
        "from": "installed: punai-crm 0.1.0",
        "hooks": ["register_escalation_handlers"],
        "pack": None,
        "punai": "<0.2,>=0.1",
    }


def test_installed_plugin_is_found_in_the_zip(wheel: Path, task: Path, runtime: Path, tmp_path: Path) -> None:
    # A copy of links: the zip that other tests use stays as it is, and 80 MB need not be copied.
    own = tmp_path / "task"
    own.mkdir()
    for part in task.iterdir():
        (own / part.name).symlink_to(part)
    install(wheel, own)
    done = subprocess.run(
        command("-c", LISTED),
        cwd=own,
        env=environment(own, runtime, "punai-dev", "app.app"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["from"] == str(own / "punai/__init__.py")
    assert (found["name"], found["version"]) == ("crm", "0.1.0")
    assert (found["origin"], found["punai"]) == ("installed: punai-crm 0.1.0", "<0.2,>=0.1")
    assert (found["hooks"], found["handler"]) == (["register_escalation_handlers"], "punai_crm")
