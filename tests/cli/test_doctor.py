"""`punai doctor`."""

import hashlib
import sys
from pathlib import Path

import pytest

from punai.cli.doctor import _understanding
from punai.testing.openai_server import OpenAIServer
from punai.understanding import weights
from tests.cli.conftest import BUSINESS, Run, write_business


def test_a_sound_set_up_has_no_problem(tmp_path: Path, punai: Run) -> None:
    done = punai("doctor")

    assert (done.returncode, done.stderr) == (0, "")
    levels = [line.split()[0] for line in done.stdout.splitlines()]
    assert set(levels) == {"ok", "warning"}
    for about in ["python", "settings", "plugins", "store", "business teahouse", "model of teahouse"]:
        assert any(line.startswith("ok ") and about in line for line in done.stdout.splitlines()), about
    assert "escalate_to" in _line(done.stdout, "warning")


def test_it_leaves_nothing_in_the_store(punai: Run) -> None:
    punai("doctor")
    assert punai("escalations").stdout == "no escalations\n"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"PUNAI_STORE": "nonsense"}, ["PUNAI_STORE", "sqlite:///"]),
        ({"PUNAI_PLUGINS": "missing"}, ["PUNAI_PLUGINS", "missing"]),
        ({"PUNAI_BUSINESS": "missing"}, ["PUNAI_BUSINESS", "teahouse"]),
        ({"PUNAI_STORE": "sqlite:////dev/null/x.db"}, ["store", "PUNAI_STORE"]),
    ],
)
def test_a_wrong_setting_is_a_problem(settings: dict[str, str], words: list[str], punai: Run) -> None:
    done = punai("doctor", **settings)
    assert (done.returncode, done.stderr) == (1, "")
    for word in words:
        assert word in _line(done.stdout, "problem")


def test_a_misspelt_setting_and_an_unread_document_are_warnings(plugins: Path, punai: Run) -> None:
    (plugins / "teahouse" / "knowledge" / "menu.exe").write_bytes(b"\xff\x00")
    done = punai("doctor", PUNAI_STOER="x")
    assert (done.returncode, done.stderr) == (0, "")
    assert "PUNAI_STORE" in _line(done.stdout, "PUNAI_STOER")
    assert _line(done.stdout, "menu.exe").startswith("warning")


def test_a_reference_that_leads_nowhere_is_a_problem(plugins: Path, punai: Run) -> None:
    write_business(
        plugins / "coffeehouse",
        f'escalate_to = ["sns_email"]\n{BUSINESS}\n[settings.slack]\nwebhook_url = "env:SLACK_WEBHOOK_URL"\n',
    )
    done = punai("doctor", PUNAI_BUSINESS="teahouse")
    assert done.returncode == 1
    assert _line(done.stdout, "SLACK_WEBHOOK_URL").startswith("problem")
    assert _line(done.stdout, "sns_email of coffeehouse").startswith("problem")
    assert _line(done.stdout, "business teahouse").startswith(("ok", "warning"))


def test_a_new_pack_is_asked_for_its_documents(punai: Run) -> None:
    punai("pack", "new", "acme")
    done = punai("doctor", PUNAI_BUSINESS="acme")
    assert done.returncode == 0
    assert _line(done.stdout, "nothing to answer from").startswith("warning")


def test_a_failing_source_of_knowledge_is_a_problem(plugins: Path, punai: Run) -> None:
    (plugins / "wiki.py").write_text(
        '''"""A wiki that is away."""
from punai import hookimpl


def search(question, topic, tenant):
    raise ConnectionError("no route to wiki")


@hookimpl
def register_knowledge(register):
    register("wiki", search)
'''
    )
    done = punai("doctor")
    assert done.returncode == 1
    assert "'wiki' raised ConnectionError" in _line(done.stdout, "problem")


def test_the_model_is_called_only_when_asked_for(punai: Run) -> None:
    with OpenAIServer(default="ready") as model:
        settings = {"PUNAI_MODEL": "openai:m", "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": model.api_key}
        assert "openai:m is set up" in punai("doctor", **settings).stdout
        assert model.calls == 0
        assert "openai:m answered in" in punai("doctor", "--call-model", **settings).stdout
        assert model.calls == 1

        wrong = punai("doctor", "--call-model", **settings | {"OPENAI_API_KEY": "sk-wrong"})
    assert wrong.returncode == 1
    assert "AuthenticationError" in _line(wrong.stdout, "problem")
    assert "sk-wrong" not in wrong.stdout + wrong.stderr


def test_a_model_without_its_key_is_a_problem(punai: Run) -> None:
    done = punai("doctor", PUNAI_MODEL="openai:m")
    assert done.returncode == 1
    assert "OPENAI_API_KEY" in _line(done.stdout, "problem")


def test_small_classifier_is_told_with_what_would_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _understanding(tmp_path / "empty").text
    assert told == "small: by words alone; punai understanding build adds the meaning of sentences"
    (tmp_path / weights.FILE).write_bytes(b"weights")
    monkeypatch.setattr(weights, "DIGEST", hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "punai.understanding.minilm", raising=False)
    told = _understanding(tmp_path).text
    assert told == "small: by words alone; pip install 'punai[embeddings]' adds the meaning of sentences"


def _line(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)
