"""What this is and how it is doing: the front page, `/health` and `/openapi.json`."""

from html import escape
from typing import Literal

from pydantic import BaseModel

import punai
from punai.web.desk import current
from punai.web.routes import Routes

routes = Routes(__name__)

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{name}: customer support</title>
<h1>{name}</h1>
<p>Customer support by PunAI {version}. Send messages to <code>POST /chat</code>;
<a href="openapi.json">openapi.json</a> describes every route,
<a href="health">health</a> says how it is doing.</p>
</html>
"""


class Health(BaseModel):
    """The parts in use. `store` and `model` are names, `plugins` counts."""

    status: Literal["ok"] = "ok"
    store: str
    model: str
    plugins: int
    version: str


@routes.get("/health", Health, problems=(503,))
def health() -> Health:
    """Say that the store answers, and what is in use."""
    desk = current()
    desk.store.check()
    return Health(
        store=desk.store.name,
        model=desk.model_name,
        plugins=len(desk.plugins.loaded()),
        version=punai.__version__,
    )


@routes.document("/", "text/html; charset=utf-8")
def front_page() -> str:
    """Show what this is, to people."""
    desk = current()
    return PAGE.format(name=escape(desk.tenants[desk.default_tenant].name), version=punai.__version__)
