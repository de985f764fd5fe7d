"""The zip is whole: a function imports nothing but it and the runtime's packages, and leaves it as it is."""

import json
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.aws.conftest import Start
from tests.aws.events import request
from tests.aws.lambda_process import Function, command, environment
from tests.aws.runtime_api import FunctionError
from tests.aws.stage import Stage

PROBE = """
import gc, importlib.util, json, sys
import app
from punai.bootstrap import shared_desk
desk = shared_desk()
try:
    desk.store.check()  # imports boto3
except Exception:
    pass
modules = list(sys.modules.values())
print(json.dumps({
    "collecting": gc.isenabled(),
    "files": sorted({module.__file__ for module in modules if getattr(module, "__file__", None)}),
    "found": [name for name in %r if importlib.util.find_spec(name)],
}))
"""
OURS_ALONE = ["moto", "mypy", "pytest", "tests", "benchmarks", "setuptools", "pip"]
"""What is in the checkout, or installed here, and in no zip."""


def test_nothing_but_the_zip_and_the_runtime_is_imported(task: Path, runtime: Path, dev: Stage) -> None:
    probed = subprocess.run(
        command("-c", PROBE % OURS_ALONE),
        cwd=task,
        env=environment(task, runtime, "punai-dev", "app.app") | dev.settings | {"OPENAI_API_KEY": "sk-test"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert probed.returncode == 0, probed.stderr
    seen = json.loads(probed.stdout.splitlines()[-1])
    assert seen["found"] == []
    assert seen["collecting"], "garbage, once the start is over"
    standard = str(Path(json.__file__).parents[1])
    allowed = (str(task), str(runtime), standard, dev.settings["PUNAI_PLUGINS"])
    assert [file for file in seen["files"] if not file.startswith(allowed) or "-packages" in file] == []
    for part in ("punai/desk.py", "chalice/app.py", "openai/__init__.py", "app.py"):
        assert str(task / part) in seen["files"]
    assert str(runtime / "boto3/__init__.py") in seen["files"]


def test_function_writes_nothing_beside_its_code(web: Function, task: Path, shared: Path) -> None:
    assert web.invoke(request("POST", "/chat", {"user_id": "ann", "message": "thanks"}))["statusCode"] == 200
    with ZipFile(shared / "build/deployment.zip") as zipped:
        packed = {entry.filename for entry in zipped.infolist() if not entry.is_dir()}
    assert {path.relative_to(task).as_posix() for path in task.rglob("*") if path.is_file()} == packed


def test_wrong_setting_stops_the_start_and_the_log_says_which(start: Start) -> None:
    with pytest.raises(FunctionError, match="ConfigurationError: PUNAI_STORE is 'nowhere'; it may hold"):
        start(PUNAI_STORE="nowhere")


def test_packs_bring_their_classifiers_and_indexes_along(task: Path) -> None:
    suffixes = sorted(path.suffix for path in (task / "plugins/shop/trained").iterdir())
    assert suffixes == [".weights", ".zip"]
