"""Plugins for another PunAI: refused by name before they are imported; all others are let in."""

from importlib.metadata import Distribution
from pathlib import Path

import pytest

from punai import __version__
from punai.plugin_manager import PluginManager
from punai.ports import ConfigurationError
from punai.version_gate import refuse_other_versions, said_in, written_for
from tests.test_plugin_manager import install, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins"
    folder.mkdir()
    return folder


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    return site


def requiring(site: Path, *lines: str) -> Distribution:
    """An installed distribution with these requirements, whose plugin cannot be imported."""
    install(site, "planted", "1 / 0")
    metadata = "".join(f"Requires-Dist: {line}\n" for line in lines)
    with (site / "planted-1.2.dist-info/METADATA").open("a") as file:
        file.write(metadata)
    return Distribution.at(site / "planted-1.2.dist-info")


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([], None),
        (["httpx<1"], None),
        (["punai"], None),
        (["httpx", "punai>=0.1,<0.2"], "<0.2,>=0.1"),
        (["PunAI[testing] ==0.1.*"], "==0.1.*"),
        (['punai>=9; extra == "test"', "punai<1"], "<1"),
        (['punai>=9; python_version < "3"'], None),
        (["punai @ https://example.com/punai.whl"], None),
        (["odd >>= 1", "punai<1"], "<1"),
    ],
)
def test_installed_plugin_says_it_by_its_requirement(
    lines: list[str], wanted: str | None, site: Path
) -> None:
    assert written_for(requiring(site, *lines)) == wanted


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("", None),
        ("PUNAI = '>=0.1,<0.2'", ">=0.1,<0.2"),
        ("import gone\nPUNAI: str = '<1'", "<1"),
        ("def f():\n    PUNAI = '<1'", None),
        ("print('PUNAI')", None),
        ("PUNAI = '<1'\ndef broken(:", None),
    ],
)
def test_file_says_it_without_being_run(code: str, wanted: str | None, tmp_path: Path) -> None:
    assert said_in(Path(write(tmp_path, "crm.py", code))) == wanted


@pytest.mark.parametrize("value", ["1", "'>=' + '1'", "f'>={1}'"])
def test_what_is_no_string_is_refused_with_its_line(value: str, tmp_path: Path) -> None:
    path = write(tmp_path, "crm.py", f"\nPUNAI = {value}")
    with pytest.raises(ConfigurationError, match=f'^{path}:2: write it like PUNAI = ">=0.1,<0.2"$'):
        said_in(Path(path))


@pytest.mark.parametrize("wanted", [None, "", ">=0.1", ">=0.1,<0.2", "==0.1.*", "~=0.1.0"])
@pytest.mark.parametrize("here", ["0.1.0", "0.1.7", "0.1.8.dev1"])
def test_plugin_for_this_punai_is_let_in(wanted: str | None, here: str) -> None:
    refuse_other_versions(wanted, here, "crm.py")


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        (">=0.2", "crm.py: it was written for PunAI >=0.2, and this is 0.1.0; install a version of it"),
        ("<0.1", "crm.py: it was written for PunAI <0.1, and this is 0.1.0; install a version of it"),
        ("0.1", "crm.py: PUNAI is '0.1'; write it like PUNAI = \">=0.1,<0.2\""),
    ],
)
def test_plugin_for_another_punai_is_told_what_to_do(wanted: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        refuse_other_versions(wanted, "0.1.0", "crm.py")
    assert str(refused.value).startswith(complaint)


def test_file_for_another_punai_stops_the_start_before_it_is_imported(folder: Path) -> None:
    path = write(folder, "crm.py", "PUNAI = '>=7'\nfrom punai import gone_by_then\n")
    with pytest.raises(ConfigurationError, match=f"^{path}: it was written for PunAI >=7, and this is"):
        PluginManager(folder)


def test_installed_one_for_another_punai_stops_the_start_before_it_is_imported(
    folder: Path, site: Path
) -> None:
    requiring(site, "punai>=7")
    with pytest.raises(ConfigurationError, match=r"^installed: planted 1\.2: it was written for PunAI >=7"):
        PluginManager(folder)


def test_versions_of_plugins_are_known(folder: Path, site: Path) -> None:
    requiring(site, "punai>=0.1,<7")
    write(site, "planted.py", "")
    write(folder, "crm.py", "__version__ = '3'\nPUNAI = '<7'")
    write(folder, "mute.py", "")
    [first, *_], [planted, crm, mute] = (
        [plugin for plugin in PluginManager(folder).loaded() if plugin.built_in is built_in]
        for built_in in (True, False)
    )
    assert (first.version, first.punai) == (__version__, None)
    assert (planted.version, planted.punai) == ("1.2", "<7,>=0.1")
    assert (crm.version, crm.punai) == ("3", "<7")
    assert (mute.version, mute.punai) == (None, None)
