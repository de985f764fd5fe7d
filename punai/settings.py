"""Settings from the environment, `PUNAI_*`, checked before anything starts."""

import difflib
import os
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from punai.logs import log
from punai.ports import ConfigurationError

DEFAULT_OPENAI_MODEL = "openai:gpt-4.1-mini"
LOCAL = "local"


def _default_model() -> str:
    return DEFAULT_OPENAI_MODEL if os.environ.get("OPENAI_API_KEY") else LOCAL


class Settings(BaseSettings):
    """What an operator sets; everything has a default that works on a laptop."""

    model_config = SettingsConfigDict(env_prefix="PUNAI_", env_ignore_empty=True, frozen=True)

    store: str = Field("sqlite:///.punai/punai.db", description="sqlite:///PATH or dynamodb://TABLE")
    model: str = Field(
        default_factory=_default_model, description="'local', or PROVIDER:MODEL such as openai:gpt-4.1-mini"
    )
    model_timeout: float = Field(10.0, gt=0, le=25, description="seconds, above 0 and at most 25")
    model_price: str = Field(
        "",
        pattern=r"^(\d+(\.\d+)?/\d+(\.\d+)?)?$",
        description="US dollars for a million tokens in and out, such as 0.40/1.60",
    )
    plugins: Path = Field(Path("plugins"), description="a folder of plugins and business packs")
    cache: Path = Field(
        Path("~/.cache/punai"), description="a folder for the embedding weights and for what was trained"
    )
    business: str = Field("", description="the name of a business pack in PUNAI_PLUGINS")
    topic: str = Field(
        "",
        pattern=r"^(arn:[^:\s]+:sns:[^:\s]+:[^:\s]+:[^:\s]+)?$",
        description="the ARN of an SNS topic, for the handler sns_email of packs that name none of their own",
    )
    documents: str = Field(
        "",
        pattern=r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$",
        description="s3://BUCKET, where documents/NAME/ holds the documents of the business pack NAME",
    )
    link: str = Field("", description="the address of a conversation for staff, with {conversation_id} in it")
    cors: str = Field(
        "",
        pattern=r"^(\*|https?://[^\s,/*]+(,\s*https?://[^\s,/*]+)*)?$",
        description="the origins of web pages that may call, such as https://shop.example,"
        "https://www.shop.example; * for any",
    )
    # A word, not a bool: Chalice reads it as it stands, and "yes" must not mean that no key is asked for.
    require_api_key: Literal["true", "false"] = Field("false", description="true or false")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR"
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        # What is no level stays as it was, to be told as it was.
        levels = ("DEBUG", "INFO", "WARNING", "ERROR")
        return value.upper() if isinstance(value, str) and value.upper() in levels else value

    @field_validator("store")
    @classmethod
    def _has_scheme(cls, value: str) -> str:
        if "://" not in value:
            raise ValueError("no scheme")
        return value

    @field_validator("model")
    @classmethod
    def _names_a_model(cls, value: str) -> str:
        if not re.fullmatch(r"\S+", value):
            raise ValueError("not a name")
        return value

    @field_validator("plugins")
    @classmethod
    def _is_a_folder(cls, value: Path) -> Path:
        try:
            found = value.is_dir()
        except OSError as error:  # a name too long, or a folder on the way that may not be read
            raise ValueError("not to be reached") from error
        if not found:
            raise ValueError("not a folder")
        return value


def read_settings() -> Settings:
    """The settings in force.

    Raises:
        ConfigurationError: a variable is wrong: its name, what it held (secrets masked), what it may hold.
    """
    _warn_of_misspelt_names()
    try:
        return Settings()
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        field = str(problem["loc"][0])
        allowed = Settings.model_fields[field].description
        raise ConfigurationError(
            f"PUNAI_{field.upper()} is {masked(str(problem['input']))!r}; it may hold {allowed}"
        ) from None


def masked(value: str) -> str:
    """The value with what looks like a key or a password blotted out."""
    value = re.sub(r"(://[^/@\s:]*:)\S+@", r"\1***@", value)
    prefix = r"\b((?:sk|pk|rk|xox\w|gh\w|github_pat)[-_]|AKIA|ASIA|AIza|Bearer )"
    return re.sub(prefix + r"[\w.~+/=-]{6,}", r"\1***", value)


def _warn_of_misspelt_names() -> None:
    known = [field.upper() for field in Settings.model_fields]
    for name in os.environ:
        own = name.removeprefix("PUNAI_")
        if own != name and own not in known:
            nearest = difflib.get_close_matches(own, known, n=1)
            hint = f"; did you mean PUNAI_{nearest[0]}?" if nearest else ""
            log.warning("%s is not a setting of PunAI%s", name, hint)
