"""What tests of resources share: cfn-lint, and the sample's own project."""

import json
import warnings
from pathlib import Path
from typing import Any

from punai.provision.names import FUNCTIONS, Names

ROOT = Path(__file__).parents[2]
NAMES = Names("dev")
DEPLOYED = {name: NAMES.function(name) for name in FUNCTIONS}
REGIONS = ["eu-west-1", "us-east-1"]


def complaints(template: dict[str, Any]) -> list[str]:
    """What cfn-lint, with every rule it has, says of a template."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of its own dependencies' habits
        from cfnlint.api import ManualArgs, lint

        found = lint(json.dumps(template), config=ManualArgs(regions=REGIONS))
    return [f"{match.rule.id} {match.message} at {match.path}" for match in found]


def properties(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """The properties of the template's only resource of that type."""
    [found] = [resource for resource in template["Resources"].values() if resource["Type"] == kind]
    values: dict[str, Any] = found["Properties"]
    return values
