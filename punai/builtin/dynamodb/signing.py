"""The key that a tenant's tokens are signed with."""

from punai import Tenant
from punai.builtin.dynamodb.connection import attempts
from punai.builtin.dynamodb.items import item, tenant_partition
from punai.builtin.dynamodb.table import Table
from punai.builtin.dynamodb.writes import put_new

NEVER = 253_402_300_799
"""When it expires: in the last second of the year 9999."""


def signing_key(table: Table, tenant: Tenant, new: bytes) -> bytes:
    """The key that is there, or else this one, which then is."""
    pk, sk = f"{tenant_partition(tenant)}#K", "SIGNING"
    for _ in attempts():
        stored = table.get((pk, sk))
        if stored:
            return bytes.fromhex(stored["key"])
        if table.commit(put_new(item(pk=pk, sk=sk, ttl=NEVER, key=new.hex()))):
            return new
    raise table.busy()
