"""Settings: what `PUNAI_*` may hold, and the one line that says so when it holds something else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from punai.ports import ConfigurationError
from punai.settings import Settings, masked, read_settings

Set = Callable[..., None]


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing set, in a folder that holds a folder called plugins."""
    for name in os.environ:
        if name.upper().startswith(("PUNAI_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plugins").mkdir()


def refusal() -> str:
    with pytest.raises(ConfigurationError) as refused:
        read_settings()
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert refused.value.__cause__ is None, "a validation error's own text shows what was held"
    assert refused.value.__suppress_context__
    return message


def test_everything_has_a_default_that_works_on_a_laptop() -> None:
    settings = read_settings()
    assert settings.store == "sqlite:///.punai/punai.db"
    assert settings.model == "local"
    assert settings.plugins == Path("plugins")
    assert (settings.business, settings.log_level) == ("", "INFO")


def test_model_is_openais_where_its_key_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890")
    assert read_settings().model.startswith("openai:")
    monkeypatch.setenv("PUNAI_MODEL", "local")
    assert read_settings().model == "local"


@pytest.mark.parametrize(
    ("name", "value", "field", "held"),
    [
        ("PUNAI_STORE", "dynamodb://support", "store", "dynamodb://support"),
        ("PUNAI_MODEL", "anthropic:claude", "model", "anthropic:claude"),
        ("PUNAI_MODEL_TIMEOUT", "2.5", "model_timeout", 2.5),
        ("PUNAI_MODEL_PRICE", "0.40/1.60", "model_price", "0.40/1.60"),
        ("PUNAI_BUSINESS", "acme", "business", "acme"),
        ("PUNAI_DOCUMENTS", "s3://acme-documents", "documents", "s3://acme-documents"),
        ("PUNAI_LOG_LEVEL", "debug", "log_level", "DEBUG"),
        ("punai_business", "acme", "business", "acme"),
        ("PUNAI_CORS", "*", "cors", "*"),
        ("PUNAI_CORS", "https://a.example", "cors", "https://a.example"),
        (
            "PUNAI_CORS",
            "https://a.example,http://localhost:3000",
            "cors",
            "https://a.example,http://localhost:3000",
        ),
        ("PUNAI_REQUIRE_API_KEY", "true", "require_api_key", "true"),
    ],
)
def test_variable_is_read(
    name: str, value: str, field: str, held: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(read_settings(), field) == held


@pytest.mark.parametrize("field", Settings.model_fields)
def test_empty_variable_is_as_good_as_none(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PUNAI_{field.upper()}", "")
    assert read_settings() == Settings()
    monkeypatch.delenv(f"PUNAI_{field.upper()}")
    assert read_settings() == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUNAI_STORE", "punai.db"),
        ("PUNAI_STORE", "sqlite:/punai.db"),
        ("PUNAI_MODEL", "gpt 4"),
        ("PUNAI_MODEL", " "),
        ("PUNAI_DOCUMENTS", "acme-documents"),
        ("PUNAI_DOCUMENTS", "s3://"),
        ("PUNAI_DOCUMENTS", "s3://ab"),
        ("PUNAI_DOCUMENTS", "s3://Acme"),
        ("PUNAI_DOCUMENTS", "s3://acme/folder"),
        ("PUNAI_DOCUMENTS", "s3://acme-"),
        ("PUNAI_MODEL_TIMEOUT", "fast"),
        ("PUNAI_MODEL_TIMEOUT", "0"),
        ("PUNAI_MODEL_TIMEOUT", "-1"),
        ("PUNAI_MODEL_TIMEOUT", "26"),
        ("PUNAI_MODEL_TIMEOUT", "nan"),
        ("PUNAI_MODEL_TIMEOUT", "inf"),
        ("PUNAI_MODEL_PRICE", "0.40"),
        ("PUNAI_MODEL_PRICE", "0,40/1,60"),
        ("PUNAI_MODEL_PRICE", "-1/2"),
        ("PUNAI_MODEL_PRICE", "$1/$2"),
        ("PUNAI_PLUGINS", "no/such/folder"),
        ("PUNAI_PLUGINS", "a_file"),
        ("PUNAI_PLUGINS", "a_file/below"),
        ("PUNAI_PLUGINS", "x" * 5000),
        ("PUNAI_LOG_LEVEL", "loud"),
        ("PUNAI_LOG_LEVEL", "20"),
        ("PUNAI_LOG_LEVEL", "INFO\nDEBUG"),
        ("PUNAI_CORS", "shop.example"),
        ("PUNAI_CORS", "https://shop.example/"),
        ("PUNAI_CORS", "https://*.shop.example"),
        ("PUNAI_CORS", "https://a.example https://b.example"),
        ("PUNAI_CORS", "*, https://a.example"),
        ("PUNAI_CORS", "https://a.example\nx: y"),
        ("PUNAI_CORS", "https://a.example\n"),
        ("PUNAI_REQUIRE_API_KEY", "yes"),
        ("PUNAI_REQUIRE_API_KEY", "True"),
    ],
)
def test_wrong_value_is_told_with_its_variable_and_what_that_may_hold(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_file").touch()
    monkeypatch.setenv(name, value)
    allowed = Settings.model_fields[name.removeprefix("PUNAI_").lower()].description
    assert refusal() == f"{name} is {value!r}; it may hold {allowed}"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("PUNAI_MODEL", "key sk-proj-abcdef123456", "key sk-***"),
        ("PUNAI_MODEL_TIMEOUT", "AKIAIOSFODNN7EXAMPLE", "AKIA***"),
        ("PUNAI_LOG_LEVEL", "xoxb-123456-abcdef", "xoxb-***"),
        ("PUNAI_PLUGINS", "https://jo:pa55word@git.example/plugins", "https://jo:***@git.example/plugins"),
    ],
)
def test_secret_in_the_wrong_place_is_not_shown(
    name: str, value: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert f"{name} is {shown!r};" in refusal()


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("postgres://jo:p@ss:w/rd@db.example/punai", "postgres://jo:***@db.example/punai"),
        ("redis://:hunter22@cache.example", "redis://:***@cache.example"),
        ("Bearer abc.DEF+12/34==", "Bearer ***"),
        ("github_pat_11ABCDEFG", "github_pat_***"),
        ("rk_live_abcdef123456", "rk_***"),
        ("ghp_abcdefghij", "ghp_***"),
        ("two sk-abcdefgh keys sk-ijklmnop", "two sk-*** keys sk-***"),
    ],
)
def test_what_looks_like_a_secret_is_masked(secret: str, shown: str) -> None:
    assert masked(secret) == shown


@pytest.mark.parametrize(
    "value",
    [
        "",
        "sqlite:///punai.db",
        "dynamodb://punai",
        "openai:gpt-4.1-mini",
        "plugins/skins",
        "/srv/sketchbook/pk",
    ],
)
def test_what_is_no_secret_is_shown_whole(value: str) -> None:
    assert masked(value) == value


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("PUNAI_STROE", "; did you mean PUNAI_STORE?"),
        ("PUNAI_LOGLEVEL", "; did you mean PUNAI_LOG_LEVEL?"),
        ("PUNAI_XQZ", ""),
    ],
)
def test_misspelt_name_is_warned_of_with_the_nearest(
    name: str, hint: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(name, "s3cret")
    read_settings()
    [record] = caplog.records
    assert record.getMessage() == f"{name} is not a setting of PunAI{hint}"


def test_names_spelt_right_are_warned_of_by_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for field in Settings.model_fields:
        monkeypatch.setenv(f"PUNAI_{field.upper()}", "")
    monkeypatch.setenv("PUNAIS", "x")
    read_settings()
    assert not caplog.records
