"""Which PunAI a plugin was written for: one for another is refused at start, and told what to do."""

import ast
import re
from importlib.metadata import Distribution
from pathlib import Path

from punai.ports import ConfigurationError

NAME = "PUNAI"
"""What a plugin in a file sets, such as `PUNAI = ">=0.1,<0.2"`."""


def written_for(plugin: Distribution) -> str | None:
    """The versions of PunAI that an installed plugin requires, None where it does not say."""
    from packaging.requirements import InvalidRequirement, Requirement  # 20 ms, only for who has plugins

    for line in plugin.requires or ():
        try:
            required = Requirement(line)
        except InvalidRequirement:
            continue  # pip took it, so it is none of ours to refuse
        applies = required.marker is None or required.marker.evaluate({"extra": ""})
        if re.sub(r"[-_.]+", "-", required.name).lower() == "punai" and applies:
            return str(required.specifier) or None
    return None


def said_in(file: Path) -> str | None:
    """The versions of PunAI under `PUNAI` in a plugin's file, read without running it: what was written for
    another version may not even import.

    Raises:
        ConfigurationError: `PUNAI` is something else than a string.
    """
    source = file.read_bytes()
    if NAME.encode() not in source:
        return None
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):
        return None  # importing it will say where it is wrong
    for statement in statements:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="PUNAI")], value=value)
                | ast.AnnAssign(target=ast.Name(id="PUNAI"), value=value)
            ):
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    return value.value
                raise ConfigurationError(f'{file}:{statement.lineno}: write it like {NAME} = ">=0.1,<0.2"')
    return None


def refuse_other_versions(wanted: str | None, here: str, origin: str) -> None:
    """Do nothing where this PunAI is one that the plugin was written for.

    Raises:
        ConfigurationError: it is not, or what is wanted cannot be read.
    """
    if wanted is None:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        fits = SpecifierSet(wanted).contains(here, prereleases=True)
    except InvalidSpecifier as error:
        raise ConfigurationError(
            f'{origin}: {NAME} is {wanted!r}; write it like {NAME} = ">=0.1,<0.2"'
        ) from error
    if not fits:
        raise ConfigurationError(
            f"{origin}: it was written for PunAI {wanted}, and this is {here}; "
            f"install a version of it that is for this one, or PunAI {wanted}"
        )
