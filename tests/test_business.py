"""Business packs: what is read, and what is refused with the file, the line, the key and the fix."""

from datetime import timedelta
from pathlib import Path

import pytest

from punai.business import FILE, find_packs, read_pack
from punai.ports import ConfigurationError
from punai.tenant import Tenant

ACME = 'name = "Acme"\n'
INTENT = '[[intents]]\nname = "order_status"\ndescription = "where it is"\nexamples = ["where is my order"]\n'

WHOLE = """
name = "Acme Shop"
languages = ["en", "de"]
tone = "warm, short, no jargon"
escalate_to = ["log", "sns_email"]
retain_days = 30
plugins = ["slack"]

[thresholds]
intent = 0                                  # a whole number is a fraction, too

[ladder]
clarify = 2
offer_human = false

[conversation]
idle_hours = 0.5

[texts]
clarify = "Sorry?"

[[intents]]
name = "order_status"
description = "where an order is"
examples = ["where is my order", "  my parcel has not arrived  "]

[[intents]]
name = "legal_threat"
description = "mentions a lawyer"
examples = ["I will take you to court"]
reply = "I am sorry to hear that."
escalate = true

[settings.slack]
webhook_url = "env:SLACK_WEBHOOK_URL"
"""


def write(folder: Path, content: str | bytes, name: str = "acme") -> Path:
    pack = folder / name
    pack.mkdir()
    data = content.encode() if isinstance(content, str) else content
    (pack / FILE).write_bytes(data)
    return pack


def read(folder: Path, content: str | bytes) -> Tenant:
    return read_pack(write(folder, content))


def refusal(pack: Path) -> str:
    """What is said about a pack that is refused: one line that names the file; without its path."""
    with pytest.raises(ConfigurationError) as refused:
        read_pack(pack)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert message.startswith(str(pack))
    return message.removeprefix(f"{pack}/")


def test_everything_in_the_pack_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.example")
    tenant = read(tmp_path, WHOLE)
    assert (tenant.id, tenant.name, tenant.languages) == ("acme", "Acme Shop", ("en", "de"))
    assert (tenant.escalate_to, tenant.retain_days, tenant.plugins) == (("log", "sns_email"), 30, ("slack",))
    assert (tenant.thresholds.intent, tenant.thresholds.reply) == (0.0, 0.6)
    assert (tenant.ladder.clarify, tenant.ladder.rephrase, tenant.ladder.offer_human) == (2, 1, False)
    assert (tenant.idle, tenant.texts.clarify) == (timedelta(minutes=30), "Sorry?")
    assert [intent.name for intent in tenant.intents] == ["order_status", "legal_threat"]
    assert tenant.intents[0].examples == ("where is my order", "my parcel has not arrived")
    assert tenant.intents[1].escalate
    assert tenant.setting("slack", "webhook_url") == "https://hooks.example"
    assert tenant.folder == str(tmp_path / "acme")


def test_a_name_is_all_that_a_pack_needs(tmp_path: Path) -> None:
    tenant = read(tmp_path, ACME)
    assert (tenant.escalate_to, tenant.retain_days, tenant.plugins) == (("log",), 90, None)
    assert tenant.languages == ("en",)


def test_packs_own_settings_win_over_the_defaults(tmp_path: Path) -> None:
    pack = write(tmp_path, ACME + '[settings.model]\nname = "local"\n')
    defaults = {"model": {"name": "openai:x", "timeout": "15"}, "punai": {"link": "l"}}
    tenant = read_pack(pack, defaults)
    assert tenant.setting("model", "name") == "local"
    assert tenant.setting("model", "timeout") == "15"
    assert tenant.setting("punai", "link") == "l"
    assert defaults["model"]["name"] == "openai:x"


@pytest.mark.parametrize("content", ["\ufeff" + ACME, ACME.replace("\n", "\r\n"), "# emoji 👍\n" + ACME])
def test_file_may_come_from_any_editor(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content).name == "Acme"


TABLES = 'thresholds.intent = 2\n[[intents]]\nname = "a"\n'
MISTAKES = {
    # unknown keys, at each level
    "nmae = 1": (ACME + "nmae = 1\n", "2: nmae: unknown key; did you mean 'name'?"),
    "[ladder] clarfy": (
        ACME + "[ladder]\nclarfy = 1\n",
        "3: ladder.clarfy: unknown key; did you mean 'clarify'?",
    ),
    "[ladder] clarify = 6": (
        ACME + "[ladder]\nclarify = 6\n",
        "3: ladder.clarify: input should be less than",
    ),
    "[ladder] clarify = 1.5": (
        ACME + "[ladder]\nclarify = 1.5\n",
        "3: ladder.clarify: input should be a valid",
    ),
    "[ladder] offer_human = 1": (
        ACME + "[ladder]\noffer_human = 1\n",
        "3: ladder.offer_human: input should be",
    ),
    "zzz": (ACME + "zzz = 1\n", "2: zzz: unknown key; the keys are: name, languages, tone, "),
    "[intent]": (ACME + "\n[intent]\nx = 1\n", "3: intent: unknown key; did you mean 'intents'?"),
    "thresholds": (ACME + "[thresholds]\nintnt = 0\n", "3: thresholds.intnt: unknown key; did you mean 'in"),
    "conversation": (
        ACME + "[conversation]\nidle = 1\n",
        "3: conversation.idle: unknown key; the keys are: i",
    ),
    "texts": (ACME + '[texts]\nhandof = "x"\n', "3: texts.handof: unknown key; did you mean 'handoff'?"),
    "intents": (ACME + INTENT + "exampels = []\n", "6: intents[0].exampels: unknown key; did you mean 'exa"),
    "id": (ACME + 'id = "x"\n', "2: id: unknown key; remove it"),
    "folder": (ACME + 'folder = "/"\n', "2: folder: unknown key; remove it"),
    "several": (ACME + "a = 1\nb = 2\n", " (and 1 more)"),
    "quoted": (ACME + '"re tain" = 1\n', "2: \"re tain\": unknown key; did you mean 'retain_days'?"),
    "newline": (ACME + '"re\\ntain" = 1\n', '"re\\ntain": unknown key'),
    # missing
    "empty file": ("", "1: name: is missing; add it"),
    "no name": ('tone = "x"\n\n' + INTENT, "1: name: is missing; add it"),
    "no description": (ACME + INTENT.replace("desc", "# "), "2: intents[0].description: is missing; add it"),
    "no examples": (ACME + INTENT.replace("exam", "# "), "2: intents[0].examples: is missing; add it"),
    "second": (ACME + INTENT + INTENT.replace("desc", "# "), "6: intents[1].description: is missing; add it"),
    # empty
    "empty name": ('name = " "\n', "1: name: is empty; fill it in"),
    "languages": (ACME + "languages = []\n", "2: languages: is empty; give at least one"),
    "escalate_to": (ACME + "escalate_to = []\n", "2: escalate_to: is empty; give at least one"),
    "examples": (
        ACME + "[[intents]]\nname = 'a'\ndescription = 'd'\nexamples = []\n",
        "5: intents[0].examples",
    ),
    "blank": (
        ACME + INTENT.replace('["w', '[" ", "w'),
        "intents[0].examples[0]: is empty; ",
    ),
    # wrong types and values
    "days as text": (ACME + 'retain_days = "90"\n', "2: retain_days: input should be a valid integer"),
    "days as fraction": (ACME + "retain_days = 90.5\n", "2: retain_days: input should be a valid integer"),
    "days as truth": (ACME + "retain_days = true\n", "2: retain_days: input should be a valid integer"),
    "days as date": (ACME + "retain_days = 2026-01-31\n", "2: retain_days: input should be a valid integer"),
    "no days": (ACME + "retain_days = 0\n", "2: retain_days: input should be greater than or equal to 1"),
    "too many days": (
        ACME + f"retain_days = {'9' * 60}\n",
        "2: retain_days: input should be less than or equ",
    ),
    "name as number": ("name = 5\n", "1: name: input should be a valid string"),
    "name as list": ('name = ["Acme"]\n', "1: name: input should be a valid string"),
    "long name": (f'name = "{"x" * 4001}"\n', "1: name: string should have at most 4000 characters"),
    "languages as text": (ACME + 'languages = "en"\n', '2: languages: needs a list, as in ["one", "two"]'),
    "examples as text": (
        ACME + INTENT.replace('["w', '"w').replace('r"]', 'r"'),
        "5: intents[0].examples: needs",
    ),
    "example as number": (
        ACME + INTENT.replace('r"]', 'r", 1]'),
        "5: intents[0].examples[1]: input should be ",
    ),
    "escalate as text": (
        ACME + INTENT + 'escalate = "yes"\n',
        "6: intents[0].escalate: input should be a valid b",
    ),
    "intents as table": (
        ACME + '[intents]\nname = "a"\n',
        "2: intents: needs a list: a line [[intents]] before",
    ),
    "thresholds as list": (
        ACME + "[[thresholds]]\n",
        "2: thresholds: needs a table: a line [thresholds], then",
    ),
    "settings": (
        ACME + "[settings]\nslack = 1\n",
        "3: settings.slack: needs a table: a line [settings.slack]",
    ),
    "threshold": (
        ACME + "[thresholds]\nintent = 1.5\n",
        "3: thresholds.intent: input should be less than or e",
    ),
    "nan": (ACME + "[thresholds]\nintent = nan\n", "3: thresholds.intent: input should be "),
    "infinite": (
        ACME + "[conversation]\nidle_hours = inf\n",
        "3: conversation.idle_hours: input should be less ",
    ),
    "dotted": (ACME + TABLES, "2: thresholds.intent: input should be less than or equal to 1"),
    "inline": (
        ACME + "intents = [{ name = 'a b' }]\n",
        "2: intents[0].name: use letters, digits, _, - and . o",
    ),
    "indented": (ACME + '  [thresholds]\n  "intent"  =  2\n', "3: thresholds.intent: "),
    # intents
    "intent name": (
        ACME + INTENT.replace("r_s", "r s"),
        "3: intents[0].name: use letters, digits, _, - and . on",
    ),
    "other": (
        ACME + INTENT.replace("order_status", "other"),
        "3: the intent name 'other' is PunAI's own; choose",
    ),
    "twice": (
        ACME + INTENT + INTENT,
        "7: a second intent named 'order_status', the first is on line 3; merge",
    ),
    # not TOML
    "no value": (ACME + "tone = \n", " is not valid TOML: Invalid value (at line 2, "),
    "no quotes": (ACME + "tone = warm\n", " is not valid TOML: Invalid value (at line 2, "),
    "key twice": (ACME + ACME, " is not valid TOML: Cannot overwrite a value (at line 2, "),
    "JSON": ('{"name": "Acme"}', " is not valid TOML: "),
    "binary": ("\x00\x01\x02", " is not valid TOML: "),
    "endless number": (ACME + f"retain_days = {'9' * 5000}\n", " is not valid TOML: "),
    "bottomless": (ACME + f"tone = {'[' * 20_000}\n", " is not valid TOML: "),
}


@pytest.mark.parametrize(("content", "complaint"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_told_with_its_line_and_its_fix(tmp_path: Path, content: str, complaint: str) -> None:
    message = refusal(write(tmp_path, content))
    assert complaint in message
    assert message.startswith(f"{FILE}:")


def test_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    assert (
        refusal(write(tmp_path, 'name = "Café"'.encode("latin-1")))
        == f"{FILE}: is not UTF-8; save it as UTF-8"
    )


def test_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "acme"
    (pack / FILE).mkdir(parents=True)
    assert find_packs(tmp_path) == [pack]
    assert refusal(pack) == f"{FILE}: cannot be read: Is a directory"


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    assert refusal(tmp_path / "acme") == f"{FILE}: cannot be read: No such file or directory"


@pytest.mark.parametrize("name", ["my shop", "ünï", "a.b", "-a", "x" * 65, "a'b", "{}", "shop#1"])
def test_folder_whose_name_cannot_be_a_tenants_is_refused(tmp_path: Path, name: str) -> None:
    pack = write(tmp_path, ACME, name)
    assert "name the folder with letters, digits, - and _ only" in refusal(pack)


@pytest.mark.parametrize("value", ["2026-01-31", "2026-01-31T12:00:00Z", "12:00:00"])
def test_date_where_words_are_wanted_is_words(tmp_path: Path, value: str) -> None:
    tenant = read(tmp_path, f"{ACME}tone = {value}\n[settings.sale]\nuntil = {value}\n")
    assert tenant.tone[:8] == value[:8]
    assert tenant.setting("sale", "until") == tenant.tone


def test_line_is_not_mistaken_for_one_of_another_table(tmp_path: Path) -> None:
    settings = "[settings.crm]\nname = 1\nretain_days = 2\n\n[texts]\n# no keys\n"
    assert refusal(write(tmp_path, settings)) == f"{FILE}:1: name: is missing; add it"
    broken = ACME + "retain_days = 0\n" + settings
    assert refusal(write(tmp_path, broken, "other")).startswith(f"{FILE}:2: retain_days: ")


def test_large_pack_is_read_and_its_last_mistake_is_found(tmp_path: Path) -> None:
    examples = "\n".join(f'    "example {number} of a rather large pack",' for number in range(100))
    many = [INTENT.replace("order_status", f"intent_{number}") for number in range(300)]
    large = ACME + "".join(many).replace('["where is my order"]', f"[\n{examples}\n]")
    assert len(read(tmp_path, large).intents) == 300
    message = refusal(write(tmp_path, large + INTENT.replace("order_status", "intent_7"), "twice"))
    lines = (large + INTENT).split("\n")
    first = lines.index('name = "intent_7"') + 1
    assert (
        f"{FILE}:{len(lines) - 3}: a second intent named 'intent_7', the first is on line {first};" in message
    )


def test_packs_are_found_by_their_file_and_in_order(tmp_path: Path) -> None:
    for name in ("zoo", "acme", "_draft", ".hidden"):
        write(tmp_path, ACME, name)
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "__init__.py").touch()
    (tmp_path / FILE).touch()
    assert [pack.name for pack in find_packs(tmp_path)] == ["acme", "zoo"]


def test_there_are_no_packs_where_there_is_no_folder(tmp_path: Path) -> None:
    assert find_packs(tmp_path / "nowhere") == []


FACE = ACME + '[chat]\nwelcome = "Hello."\n'


@pytest.mark.parametrize(
    ("chat", "line", "told"),
    [
        ('color = "green"', 4, '''chat.color: is no colour; write one such as "#0b6e4f"'''),
        ('colour = "#0b6e4f"', 4, "chat.colour: unknown key; did you mean 'color'?"),
        ('logo = "logo.bmp"', 4, "chat.logo: 'logo.bmp' is no picture; name a file that ends in .svg"),
        ('logo = "lost.svg"', 4, "chat.logo: 'lost.svg' cannot be read (No such file or directory)"),
        (
            'logo = "../outside.svg"',
            4,
            "chat.logo: '../outside.svg' is not in the pack's folder; put it there",
        ),
        ('logo = "http://shop.example/logo.svg"', 4, "cannot be read"),
        ('logo = "large.png"', 4, "chat.logo: 'large.png' has more than 64 KB; make it smaller"),
        ('suggestions = "Hello"', 4, 'chat.suggestions: needs a list, as in ["one", "two"]'),
        ('suggestions = ["a", "b", "c", "d", "e", "f", "g"]', 4, "chat.suggestions: "),
        ('voice = "yes"', 4, "chat.voice: "),
        (
            '\n[chat.words.en]\nsend = "Go"\nsendd = "Go"',
            7,
            "chat.words.en.sendd: unknown key; did you mean 'send'?",
        ),
        (
            '\n[chat.words.pt-BR]\nsource = "Fonte: {titel}"',
            6,
            "{titel} stands for nothing here; use {title}",
        ),
        ('\n[chat.words.nl]\nsend = "{n}"', 6, "chat.words.nl.send: {n} stands for nothing here; remove it"),
        ('\n[chat.words.nl]\nsend = ""', 6, "chat.words.nl.send: is empty; fill it in"),
    ],
)
def test_a_chat_that_cannot_be_shown_is_refused(tmp_path: Path, chat: str, line: int, told: str) -> None:
    pack = write(tmp_path, f"{FACE}{chat}\n")
    (tmp_path / "outside.svg").write_text("<svg/>")
    (pack / "large.png").write_bytes(b"\0" * (64 * 1024 + 1))
    with pytest.raises(ConfigurationError) as refused:
        read_pack(pack)
    assert str(refused.value).startswith(f"{pack / FILE}:{line}: ")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("logo", "begins"),
    [
        ("https://shop.example/logo.png", "https://shop.example/logo.png"),
        ("pictures/logo.SVG", "data:image/svg+xml;base64,PHN2Zy8+"),
        ("logo.webp", "data:image/webp;base64,"),
    ],
)
def test_a_logo_becomes_an_address(tmp_path: Path, logo: str, begins: str) -> None:
    pack = write(tmp_path, f'{FACE}logo = "{logo}"\n')
    (pack / "pictures").mkdir()
    (pack / "pictures/logo.SVG").write_text("<svg/>")
    (pack / "logo.webp").write_bytes(b"\0" * 64 * 1024)
    address = read_pack(pack).chat.logo
    assert address
    assert address.startswith(begins)
