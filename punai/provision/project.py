"""The files in `.chalice/` that a deployment is set up by: what they say, and what is written into them."""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from punai.ports import ConfigurationError
from punai.provision.json_text import with_values
from punai.provision.names import APP, Names, Place

FOLDER = ".chalice"


class Project:
    """The Chalice project in a folder.

    Raises:
        ConfigurationError: there is none, or it is not PunAI's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self.config_file = self.folder / "config.json"
        self._config = _object(self.config_file)
        if self._config.get("app_name") != APP:
            raise ConfigurationError(
                f"{self.config_file}: app_name is {self._config.get('app_name')!r}; it has to be {APP!r},"
                " since tables, policies and alarms are named after it"
            )

    @property
    def stages(self) -> list[str]:
        """The stages that can be deployed."""
        return sorted(self._config.get("stages", {}))

    def api_stage(self, stage: str) -> str:
        """What API Gateway calls the stage: the last part of its address; `api` is Chalice's default."""
        return str(self._of(stage).get("api_gateway_stage") or self._config.get("api_gateway_stage") or "api")

    def environment(self, stage: str) -> dict[str, str]:
        """The variables that the stage's functions are given."""
        shared, own = (part.get("environment_variables", {}) for part in (self._config, self._of(stage)))
        return {**shared, **own}

    def requires_key(self, stage: str) -> bool:
        """Whether the stage's routes are deployed such that API Gateway asks for a key."""
        return self.environment(stage).get("PUNAI_REQUIRE_API_KEY") == "true"

    def set_environment(self, stage: str, values: Mapping[str, str]) -> list[str]:
        """Write these variables into the stage; the names of those that were not so already."""
        now: dict[str, str] = self._of(stage).get("environment_variables", {})
        changed = [name for name, value in values.items() if now.get(name) != value]
        if changed:
            text = _read(self.config_file)
            _write(self.config_file, with_values(text, ["stages", stage, "environment_variables"], values))
            self._config = _object(self.config_file)
        return changed

    def policy_file(self, stage: str) -> Path:
        """Where the stage's permissions are."""
        return self.folder / str(self._of(stage).get("iam_policy_file", f"policy-{stage}.json"))

    def policy(self, stage: str, place: Place) -> str:
        """The stage's permissions, as JSON, for its own resources in this place and no other."""
        return localised(_read(self.policy_file(stage)), Names(stage), place)

    def set_policy(self, stage: str, place: Place) -> bool:
        """Write the place into the stage's policy; whether it was another, or none."""
        path, there = self.policy_file(stage), self.policy(stage, place)
        if there == _read(path):
            return False
        _write(path, there)
        return True

    def deployed_api(self, stage: str) -> str | None:
        """The id of the REST API that `chalice deploy` made, by its own record."""
        record = self.folder / "deployed" / f"{stage}.json"
        if not record.is_file():
            return None
        for resource in _object(record).get("resources", []):
            if resource.get("resource_type") == "rest_api":
                return str(resource["rest_api_id"])
        return None

    def _of(self, stage: str) -> dict[str, Any]:
        found: dict[str, Any] = self._config.get("stages", {}).get(stage, {})
        return found


def localised(policy: str, names: Names, place: Place) -> str:
    """A policy, as JSON, whose ARNs of the stage's own, and of addresses that send mail, are in this place.

    The committed ones name any account and region, since nobody's is known.
    """
    own = re.escape(names.prefix)
    policy = re.sub(
        rf"arn:[\w-]+:([\w-]+):[\w*-]+:[\d*]+:([\w:/-]*?\b{own}\b|identity/\*)",
        lambda arn: f"arn:{place.partition}:{arn[1]}:{place.region}:{place.account}:{arn[2]}",
        policy,
    )
    bucket = place.bucket_arn(names.bucket(place.account, place.region))
    return re.sub(rf"arn:[\w-]+:s3:::{own}-documents-[\w*-]+", lambda _: bucket, policy)


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_read(path))
    except ValueError as error:
        raise ConfigurationError(f"{path} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path} holds no JSON object")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # its ends of lines as they are
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is not there: run this in the project's own folder") from None


def _write(path: Path, text: str) -> None:
    """Replace the file at once: an interruption leaves the one or the other."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=path.parent, prefix=f".{path.name}-", delete=False
    ) as draft:
        draft.write(text)
    written = Path(draft.name)
    written.chmod(path.stat().st_mode)
    written.replace(path)
