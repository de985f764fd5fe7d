"""The kinds of plugins that `punai plugin new` writes."""

from dataclasses import dataclass

from punai.cli import plugin_checks, plugin_code


@dataclass(frozen=True)
class Kind:
    """One kind: what it is called, its code, its test, how it is used, what it needs and how it is tried."""

    title: str
    code: str
    test: str
    use: str
    needs: tuple[str, ...] = ()
    trial: str = ""


HTTPX = ("httpx>=0.28,<1",)

HANDLER = Kind(
    title="escalation handler",
    code=plugin_code.HANDLER,
    test=plugin_checks.HANDLER,
    needs=HTTPX,
    use="""\
Name it in a business's `business.toml`, and say where to:

```toml
escalate_to = ["@name@"]

[settings.@name@]
url = "env:SERVICE_URL"
```

`punai plugin try @name@ --escalation sample` then sends one real escalation.""",
)

KNOWLEDGE = Kind(
    title="source of knowledge",
    code=plugin_code.KNOWLEDGE,
    test=plugin_checks.KNOWLEDGE,
    needs=HTTPX,
    use="""\
Every business has it that does not choose its plugins. In its `business.toml`, say where to look:

```toml
[settings.@name@]
url = "env:SERVICE_URL"
```""",
    trial="""
[tool.punai.test]
question = "Do you have the big pan?"
answer = [{ id = "7", title = "Big pan", text = "12 in stock" }]
""",
)

CHANNEL = Kind(
    title="channel",
    code=plugin_code.CHANNEL,
    test=plugin_checks.CHANNEL,
    needs=HTTPX,
    use="""\
Messages that come in with `"channel": "@name@"` get an agent's words there. In the `business.toml`:

```toml
[settings.@name@]
url = "env:SERVICE_URL"
```""",
)

CLASSIFIER = Kind(
    title="classifier",
    code=plugin_code.CLASSIFIER,
    test=plugin_checks.CLASSIFIER,
    use="Every business has it that does not choose its plugins. It is asked before PunAI's own.",
)

STORE = Kind(
    title="store",
    code=plugin_code.STORE,
    test=plugin_checks.STORE,
    use="`PUNAI_STORE=@name@://PATH punai serve` keeps everything there.",
    trial="""
[tool.punai.test]
store = "@name@://{folder}/test.db"
""",
)

KINDS = {
    "handler": HANDLER,
    "knowledge": KNOWLEDGE,
    "channel": CHANNEL,
    "store": STORE,
    "classifier": CLASSIFIER,
}
"""By the name that `--kind` takes."""
