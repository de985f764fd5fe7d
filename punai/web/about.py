"""How it is doing and what there is: `/health` and `/openapi.json`."""

from typing import Literal

from pydantic import BaseModel

import punai
from punai.web.desk import current
from punai.web.routes import Call, Routes
from punai.web.words import Query

routes = Routes(__name__)


class Health(BaseModel):
    """The parts in use. `store` and `model` are names, `plugins` counts."""

    status: Literal["ok"] = "ok"
    store: str
    model: str
    plugins: int
    version: str


@routes.get("/health", Query, Health, problems=(503,))
def health(query: Query, call: Call) -> Health:
    """Say that the store answers, and what is in use."""
    desk = current()
    desk.store.check()
    return Health(
        store=desk.store.name,
        model=desk.model_name,
        plugins=len(desk.plugins.loaded()),
        version=punai.__version__,
    )
