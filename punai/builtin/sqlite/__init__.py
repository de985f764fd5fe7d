"""The embedded store: `sqlite:///PATH`, and `sqlite:///:memory:` for tests."""

from punai.builtin.sqlite.store import open_store

__all__ = ["open_store"]
