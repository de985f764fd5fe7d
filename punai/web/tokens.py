"""Tokens: what PunAI signed to say who somebody is, so that nobody speaks as another by guessing."""

import hashlib
import secrets
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from itsdangerous import BadData, URLSafeTimedSerializer

from punai.ports import Store
from punai.tenant import Tenant

LIFETIME = timedelta(days=90)

_keys: MutableMapping[Store, dict[str, bytes]] = WeakKeyDictionary()
"""The businesses' keys, by store: they never change, so each is read once."""


def issue(store: Store, tenant: Tenant, user_id: str) -> tuple[str, datetime]:
    """A token of this business for this user, and until when it is one.

    Raises:
        StoreUnavailable: the key cannot be read.
    """
    until = datetime.now(UTC).replace(microsecond=0) + LIFETIME
    return _serializer(store, tenant).dumps(user_id), until


def user_of(store: Store, tenant: Tenant, token: str) -> str | None:
    """Whose token it is; None where it is forged, expired, or another business's.

    Raises:
        StoreUnavailable: the key cannot be read.
    """
    try:
        user_id = _serializer(store, tenant).loads(token, max_age=int(LIFETIME.total_seconds()))
    except BadData:
        return None
    return user_id if isinstance(user_id, str) else None


def _serializer(store: Store, tenant: Tenant) -> URLSafeTimedSerializer:
    # SHA-256, and a key made by HMAC: itsdangerous keeps SHA-1 and its own way for old tokens' sake.
    signer = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    return URLSafeTimedSerializer(_key(store, tenant), salt=b"punai.session", signer_kwargs=signer)


def _key(store: Store, tenant: Tenant) -> bytes:
    keys = _keys.setdefault(store, {})
    if tenant.id not in keys:
        keys[tenant.id] = store.signing_key(tenant, secrets.token_bytes(32))
    return keys[tenant.id]
