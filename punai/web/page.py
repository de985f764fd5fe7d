"""The page at `/` where customers talk to the business, and the widget: what it is made of, for any site."""

from html import escape
from pathlib import Path

from punai.phrases import choose, tag
from punai.web.colors import colors
from punai.web.desk import business
from punai.web.routes import Call, Routes
from punai.web.widget import direction, sayings
from punai.web.words import Query, WhichBusiness

routes = Routes(__name__)

WIDGET = Path(__file__).with_name("static") / "widget.js"

# Addresses are relative: API Gateway has a stage in front of the path.
PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="{light}">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="{dark}">
<meta name="description" content="{welcome}">
<title>{title}</title>
<link rel="icon" href="{icon}">
<script src="widget.js" data-business="{business}" defer></script>
<punai-chat full></punai-chat>
<noscript>{noscript}</noscript>
</html>
"""

POLICY = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data: https:",  # a business's logo, and the pictures of cards
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    ),
    "Referrer-Policy": "no-referrer",
}
"""Headers of the page: nothing of another origin runs in it, nor anything that stands in it."""


class PageQuery(Query):
    """Whose page it is."""

    business: WhichBusiness = None


# Nobody but the browser keeps it, and it asks each time: the page is in the reader's language.
@routes.document(
    "/", "text/html; charset=utf-8", PageQuery, problems=(404,), cache="no-cache", headers=POLICY
)
def front_page(query: PageQuery, call: Call) -> str:
    """Show the conversation, on a page of its own."""
    tenant = business(query.business)
    language = choose(call.languages, tenant.languages)
    said, accents = sayings(tenant, language), colors(tenant.chat.color)
    filled = {
        "language": tag(language),
        "direction": direction(language),
        "title": said["title"].replace("{name}", tenant.name),
        "welcome": said["welcome"],
        "noscript": said["noscript"],
        "light": accents.light.accent,
        "dark": accents.dark.accent,
        "icon": tenant.chat.logo or "data:,",  # without one, browsers ask for /favicon.ico
        "business": tenant.id,
    }
    return PAGE.format_map({key: escape(value) for key, value in filled.items()})


@routes.document(
    "/widget.js",
    "text/javascript; charset=utf-8",
    Query,
    cache="public, max-age=3600, stale-while-revalidate=86400",
)
def widget(query: Query, call: Call) -> str:
    """Give the widget to any page: the file as it is."""
    return WIDGET.read_text(encoding="utf-8")
