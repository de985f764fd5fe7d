"""`GET /widget.json`: how a business's chat looks and what it says first, in the reader's language."""

import re
from typing import Annotated

from pydantic import Field, StringConstraints

from punai.models import Model
from punai.phrases import PAGE, RIGHT_TO_LEFT, base, choose, phrases, tag
from punai.tenant import Tenant
from punai.web.colors import Colors, colors
from punai.web.desk import business, current
from punai.web.routes import Call, Routes
from punai.web.words import Query, WhichBusiness

routes = Routes(__name__)

# As browsers give them: on Linux also "en-US@posix".
Languages = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern="^[A-Za-z0-9@_-]+(, ?[A-Za-z0-9@_-]+)*$")
]


class WidgetQuery(Query):
    """Whose chat, and for whom."""

    business: WhichBusiness = None
    lang: Languages | None = Field(
        None, description="the reader's languages, best first, with commas between: de-CH,fr,en"
    )


class Widget(Model):
    """What the widget has to know. `words` are its own, by key; `logo` is an https or a data address."""

    business: str
    name: str
    welcome: str
    suggestions: tuple[str, ...]
    logo: str | None
    colors: Colors
    language: str
    direction: str
    voice: bool
    words: dict[str, str]


# Private, since without `lang` it is in the language that this reader's browser asks for.
@routes.get("/widget.json", WidgetQuery, Widget, problems=(404,), cache="private, max-age=300")
def widget_settings(query: WidgetQuery, call: Call) -> Widget:
    """Say how a business's chat looks, and what it says first."""
    tenant = business(query.business)
    wanted = tuple(re.split(", ?", query.lang)) if query.lang else call.languages
    language = choose(wanted, tenant.languages)
    said = sayings(tenant, language)
    return Widget(
        business=tenant.id,
        name=tenant.name,
        welcome=said["welcome"],
        suggestions=current().pipelines[tenant.id].openers,
        logo=tenant.chat.logo,
        colors=colors(tenant.chat.color),
        language=tag(language),
        direction=direction(language),
        voice=tenant.chat.voice,
        words={key: text for key, text in said.items() if key not in PAGE},
    )


def sayings(tenant: Tenant, language: str) -> dict[str, str]:
    """Every phrase of the page and the widget; the pack's welcome is in the first of its languages."""
    said = phrases(language, tenant.chat.words)
    own = any("welcome" in tenant.chat.words.get(each, ()) for each in (base(language), language))
    if tenant.chat.welcome and language == tenant.languages[0] and not own:
        return {**said, "welcome": tenant.chat.welcome}
    return said


def direction(language: str) -> str:
    """How the language is written: `ltr`, or `rtl`."""
    return "rtl" if base(language) in RIGHT_TO_LEFT else "ltr"
