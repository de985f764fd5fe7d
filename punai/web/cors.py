"""Which web pages may call from elsewhere: the CORS protocol, for the origins in `PUNAI_CORS`."""

ANY = "*"
KEPT_FOR = 7200
"""Seconds that a browser may go by a preflight's answer: as long as Chrome does."""

_allowed: frozenset[str] = frozenset()


def allow(origins: str) -> None:
    """Let pages of these origins call from now on, and no others; as `PUNAI_CORS` has them."""
    global _allowed
    _allowed = frozenset(origin.strip().lower() for origin in origins.split(",") if origin.strip())


def headers(origin: str | None) -> dict[str, str]:
    """What every answer to a page of this origin carries; nothing where no origin may call."""
    if not _allowed:
        return {}
    # Without it a cache would give one origin's answer to another.
    vary = {} if ANY in _allowed else {"Vary": "Origin"}
    if not _may_call(origin):
        return vary
    return {
        **vary,
        "Access-Control-Allow-Origin": ANY if ANY in _allowed else str(origin),
        "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
    }


def preflight(origin: str | None, methods: str) -> dict[str, str]:
    """What a browser that asks beforehand is told besides, of a path with these methods."""
    if not _may_call(origin):
        return {}
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Api-Key",
        "Access-Control-Max-Age": str(KEPT_FOR),
    }


def _may_call(origin: str | None) -> bool:
    return origin is not None and (ANY in _allowed or origin in _allowed)
