"""The store on AWS: `dynamodb://TABLE`."""

from punai.builtin.dynamodb.store import open_store

__all__ = ["open_store"]
