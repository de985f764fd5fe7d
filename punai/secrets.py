"""Secrets by reference: `env:NAME`, `ssm:/path`, `secretsmanager:name`. Anything else is the value itself."""

import os
from functools import lru_cache

SECRET_NAMES = ("_KEY", "_PASSWORD", "_SECRET", "_TOKEN")
AWS = ("ssm:", "secretsmanager:")


def resolve(value: str) -> str:
    """The value itself, or what the reference in it leads to; looked up in AWS once per process.

    Raises:
        LookupError: the reference leads nowhere. The message names the reference, never a secret.
    """
    scheme, _, name = value.partition(":")
    if scheme == "env":
        if name not in os.environ:
            raise LookupError(f"the environment variable {name} is not set")
        return os.environ[name]
    if scheme in ("ssm", "secretsmanager"):
        return _from_aws(scheme, name)
    return value


def in_aws(value: str) -> bool:
    """Whether it is a reference that AWS has to be asked for."""
    return value.startswith(AWS)


def resolve_environment() -> None:
    """Put secrets in place of their references in the environment, where libraries look for them.

    Only in variables that are named as secrets are, such as `OPENAI_API_KEY`.

    Raises:
        LookupError: a reference leads nowhere. The message names the variable and the reference.
    """
    for name, value in os.environ.items():
        if name.endswith(SECRET_NAMES) and in_aws(value):
            try:
                os.environ[name] = resolve(value)
            except LookupError as error:
                raise LookupError(f"{name} is {value}: {error}") from error


@lru_cache(maxsize=256)
def _from_aws(scheme: str, name: str) -> str:
    # boto3 takes 80 ms to import: only a business that keeps secrets in AWS pays for it.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    config = Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 2})
    try:
        client = boto3.client(scheme, config=config)
        if scheme == "ssm":
            return str(client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
        return str(client.get_secret_value(SecretId=name)["SecretString"])
    except (BotoCoreError, ClientError, KeyError) as error:
        raise LookupError(f"{scheme}:{name} could not be read: {type(error).__name__}") from error
