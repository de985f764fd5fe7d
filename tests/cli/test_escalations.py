"""`punai escalations`."""

import json
from pathlib import Path

from tests.cli.conftest import BUSINESS, Run, write_business


def test_none_are_listed_of_a_quiet_business(punai: Run) -> None:
    assert punai("escalations").stdout == "no escalations\n"
    assert json.loads(punai("escalations", "--json").stdout) == []


def test_json_tells_who_why_and_what_became_of_it(punai: Run) -> None:
    punai("chat", "--user", "ada", stdin="you will hear from my lawyer\n")

    (escalation,) = json.loads(punai("escalations", "--json").stdout)

    assert list(escalation) == ["id", "conversation_id", "user_id", "reason", "status", "at", "deliveries"]
    assert (escalation["user_id"], escalation["status"]) == ("ada", "open")
    assert escalation["at"].endswith("Z")
    assert escalation["deliveries"] == [
        {
            "handler": "log",
            "status": "delivered",
            "attempts": 1,
            "reference": f"log:{escalation['id']}",
            "last_error": None,
        }
    ]


def test_the_table_shows_a_failing_handler_and_no_control_characters(plugins: Path, punai: Run) -> None:
    write_business(plugins / "coffeehouse", f'escalate_to = ["pager"]\n{BUSINESS}')
    (plugins / "pager.py").write_text(
        '''"""A pager that is broken."""
from punai import hookimpl


def page(escalation, tenant):
    raise ConnectionError("no signal")


@hookimpl
def register_escalation_handlers(register):
    register("pager", page)
'''
    )
    chosen = ["--business", "coffeehouse"]
    punai("chat", "--user", "a\x1b[31mda", *chosen, stdin="you will hear from my lawyer\n")

    header, row = punai("escalations", *chosen).stdout.splitlines()

    assert header.split() == ["AT", "STATUS", "USER", "CONVERSATION", "REASON", "DELIVERIES"]
    assert "a [31mda" in row
    assert "pager: retrying" in row
    assert header.index("REASON") == row.index("threat")
