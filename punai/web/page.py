"""The page at `/` where customers talk to the business, and the widget: what it is made of, for any site."""

from html import escape
from pathlib import Path

from pydantic import Field

from punai.web.desk import business
from punai.web.routes import Call, Routes
from punai.web.words import Identifier, Query

routes = Routes(__name__)

WIDGET = Path(__file__).with_name("static") / "widget.js"

# Addresses are relative: API Gateway has a stage in front of the path.
PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
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

    business: Identifier | None = Field(
        None, description="the id of a business: its pack's folder; left out, the default one"
    )


# Nobody but the browser keeps it, and it asks each time: the page is in the reader's language.
@routes.document(
    "/", "text/html; charset=utf-8", PageQuery, problems=(404,), cache="no-cache", headers=POLICY
)
def front_page(query: PageQuery, call: Call) -> str:
    """Show the conversation, on a page of its own."""
    tenant = business(query.business)
    return PAGE.format(
        language=escape(tenant.languages[0]),
        title=escape(tenant.name),
        business=escape(tenant.id),
        noscript="This chat needs JavaScript.",
    )


@routes.document(
    "/widget.js",
    "text/javascript; charset=utf-8",
    Query,
    cache="public, max-age=3600, stale-while-revalidate=86400",
)
def widget(query: Query, call: Call) -> str:
    """Give the widget to any page: the file as it is."""
    return WIDGET.read_text(encoding="utf-8")
