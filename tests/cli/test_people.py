"""`punai export` and `punai erase`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from punai.desk import Desk
from punai.models import Inbound
from tests.cli.conftest import Run, Terminal, assert_one_line_error, json_lines, say, write_business


def test_export_prints_every_message_with_who_said_it(desk: Desk, punai: Run) -> None:
    asked = desk.receive("teahouse", Inbound(user_id="ada", text="thank you — schön", message_id="m1"))
    desk.receive("teahouse", Inbound(user_id="bob", text="thank you"))
    desk.take_over("teahouse", asked.conversation_id)
    desk.receive("teahouse", Inbound(user_id="ada", text="still there?", message_id="m2"))
    desk.reply_as_agent("teahouse", asked.conversation_id, "Yes, I am.", message_id="m3")

    done = punai("export", "--user", "ada")

    customer, assistant, kept, agent = json_lines(done.stdout)
    assert list(customer) == ["conversation_id", "message_id", "role", "text", "at"]
    assert (customer["conversation_id"], customer["message_id"]) == (asked.conversation_id, "m1")
    assert (customer["role"], customer["text"]) == ("customer", "thank you — schön")
    assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(customer["at"]) < timedelta(minutes=1)
    assert (assistant["role"], assistant["text"]) == ("assistant", "You are welcome.")
    assert (assistant["intent"], assistant["answered_by"]) == ("gratitude", "reply")
    assert 0 <= assistant["confidence"] <= 1
    assert (kept["role"], kept["message_id"], kept["text"]) == ("customer", "m2", "still there?")
    assert (agent["role"], agent["message_id"], agent["text"]) == ("agent", "m3", "Yes, I am.")
    assert "schön" in done.stdout


def test_export_holds_what_a_person_thought_of_the_answers(desk: Desk, punai: Run) -> None:
    for conversation in ("c1", "c2"):
        inbound = Inbound(user_id="ada", text="thank you", conversation_id=conversation, message_id="m1")
        desk.receive("teahouse", inbound)
    desk.rate("teahouse", "ada", "c1", "m1", "down", comment="Too short")
    desk.rate_conversation("teahouse", "ada", "c1", 2, comment="Meh")
    desk.take_over("teahouse", "c2")
    desk.reply_as_agent("teahouse", "c2", "Hello.", name="Ben", message_id="a1")
    desk.rate("teahouse", "ada", "c2", "a1", "up")

    customer, rated, *others, agent = json_lines(punai("export", "--user", "ada").stdout)

    assert "feedback" not in customer
    assert (rated["feedback"]["value"], rated["feedback"]["comment"]) == ("down", "Too short")
    assert (rated["rating"]["value"], rated["rating"]["comment"]) == (2, "Meh")
    assert not any({"feedback", "rating"} & other.keys() for other in others)
    assert (agent["agent"], agent["feedback"]["value"]) == ("Ben", "up")
    assert "rating" not in agent


def test_export_is_json_where_stdout_takes_ascii_only(desk: Desk, punai: Run) -> None:
    say(desk, "ada", "thank you 🎉 退货")
    done = punai("export", "--user", "ada", PYTHONIOENCODING="ascii")
    assert json_lines(done.stdout)[0]["text"] == "thank you 🎉 退货"


def test_nothing_is_exported_of_a_stranger(punai: Run) -> None:
    done = punai("export", "--user", "nobody")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "punai: nothing is stored about nobody\n"


def test_erasing_removes_everything_of_one_person(desk: Desk, punai: Run) -> None:
    say(desk, "ada", "thank you", "you will hear from my lawyer")
    say(desk, "bob", "thank you")

    done = punai("erase", "--user", "ada")

    assert (done.returncode, done.stdout) == (0, "Removed 2 messages of ada, and what was answered.\n")
    assert punai("export", "--user", "ada").stdout == ""
    assert punai("escalations").stdout == "no escalations\n"
    assert len(list(desk.store.turns_of(desk.tenants["teahouse"], "bob"))) == 1
    assert punai("erase", "--user", "ada", "--yes").stdout.startswith("Removed 0 messages")


def test_at_a_terminal_nothing_is_erased_before_a_yes(desk: Desk, terminal: Terminal) -> None:
    say(desk, "ada", "thank you")

    shown, code = terminal("erase", "--user", "ada", typed=["n"])
    assert "Remove everything Teahouse keeps about ada? [y/N]: " in shown
    assert shown.endswith("punai: nothing of ada was removed\n")
    assert code == 1

    shown, code = terminal("erase", "--user", "ada", typed=["y"])
    assert shown.endswith("Removed 1 message of ada, and what was answered.\n")
    assert code == 0


def test_a_person_is_another_one_in_another_business(plugins: Path, punai: Run) -> None:
    write_business(plugins / "coffeehouse")
    ada_there, ada_here = (["--user", "ada", "--business", name] for name in ("coffeehouse", "teahouse"))
    punai("chat", *ada_here, stdin="thank you\n")

    assert punai("export", *ada_there).stdout == ""
    assert len(json_lines(punai("export", *ada_here, PUNAI_BUSINESS="coffeehouse").stdout)) == 2
    assert_one_line_error(punai("export", "--user", "ada"), 1, "PUNAI_BUSINESS", "coffeehouse")
    assert "Removed 1 message of" in punai("erase", "--user", "ada", PUNAI_BUSINESS="teahouse").stdout
