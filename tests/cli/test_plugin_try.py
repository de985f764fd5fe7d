"""`punai plugin try`."""

from pathlib import Path

import pytest

from punai.testing import StandIn
from tests.cli.conftest import BUSINESS, Run, assert_one_line_error, write_business

CRM = """
import time
import httpx
from punai import hookimpl


def tell(escalation, tenant):
    said = [line.text for line in escalation.transcript]
    told = {"id": escalation.id, "note": escalation.note, "said": said}
    httpx.post(tenant.setting("crm", "url"), json=told, timeout=5).raise_for_status()
    return "ticket 7 https://crm.example/7"


@hookimpl
def register_escalation_handlers(register):
    register("crm", tell)
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A business with a handler of its own, which it does not even use yet."""
    folder = tmp_path / "plugins"
    write_business(folder / "teahouse", BUSINESS + '[settings.crm]\nurl = "env:CRM_URL"\n')
    write_business(folder / "rival")
    (folder / "crm.py").write_text(CRM)
    return folder


def test_sample_is_sent_and_its_reference_printed(tmp_path: Path, punai: Run) -> None:
    with StandIn() as service:
        done = punai(
            "plugin", "try", "crm", "--escalation", "sample", "--business", "teahouse", CRM_URL=service.url
        )
        assert (done.returncode, done.stderr) == (0, "")
        [asked] = service.requests
    assert done.stdout == f"crm took the sample {asked.json()['id']}: ticket 7 https://crm.example/7\n"
    assert asked.json()["id"].startswith("esc_sample_")
    assert "This is a sample" in asked.json()["note"]
    assert "This is a sample" in asked.json()["said"][0]
    assert not (tmp_path / "punai.db").exists(), "nothing is stored"


def test_each_sample_is_another(punai: Run) -> None:
    with StandIn() as service:
        for _ in range(2):
            punai("plugin", "try", "crm", "--business", "teahouse", CRM_URL=service.url)
        first, second = (asked.json()["id"] for asked in service.requests)
    assert first != second


def test_refusal_is_told_without_the_address(punai: Run) -> None:
    with StandIn() as service:
        service.status = 401
        done = punai("plugin", "try", "crm", "--business", "teahouse", CRM_URL=f"{service.url}/key-in-it")
    assert_one_line_error(done, 1, "crm did not take the sample esc_sample_", "HTTPStatusError", "401")
    assert "key-in-it" not in done.stderr


def test_missing_setting_is_told(punai: Run) -> None:
    done = punai("plugin", "try", "crm", "--business", "rival")
    assert_one_line_error(done, 1, "set url under [settings.crm] in the business.toml of rival")


def test_handler_that_is_not_there_is_wrong_usage(punai: Run) -> None:
    done = punai("plugin", "try", "cmr", "--business", "teahouse")
    assert_one_line_error(done, 2, "teahouse has no handler 'cmr', but: crm, freshdesk, ")


def test_handler_of_punais_own_can_be_tried(punai: Run) -> None:
    done = punai("plugin", "try", "log", "--business", "rival")
    assert done.returncode == 0
    assert done.stdout.startswith("log took the sample esc_sample_")
