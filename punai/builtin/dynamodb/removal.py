"""How a person is removed from DynamoDB, on request."""

from punai import Tenant
from punai.builtin.dynamodb import items
from punai.builtin.dynamodb.table import Table


def erase(table: Table, tenant: Tenant, user_id: str) -> int:
    """Remove all that is a person's; the number of turns. Interrupted, it can be run again."""
    user = items.user_partition(tenant, user_id)
    table.delete([items.current_key(tenant, user_id)])
    removed = 0
    for listing in list(table.everything("pk = :pk", pk=user)):
        removed += _erase_conversation(table, tenant, listing["conversation_id"])
        table.delete([(user, listing["sk"])])
    return removed


def _erase_conversation(table: Table, tenant: Tenant, conversation_id: str) -> int:
    pk = items.conversation_partition(tenant, conversation_id)
    removed = 0
    # Again until it is empty: words may come in meanwhile, until the state is gone, which goes first.
    while found := [(row["sk"], row.get("escalation_id")) for row in table.everything("pk = :pk", pk=pk)]:
        for escalation_id in {escalation_id for _, escalation_id in found if escalation_id}:
            escalations, prefix = items.delivery_key(tenant, escalation_id)
            parts = table.everything("pk = :pk AND begins_with(sk, :prefix)", pk=escalations, prefix=prefix)
            table.delete([(escalations, part["sk"]) for part in parts])
        table.delete([(pk, sk) for sk, _ in reversed(found)])
        removed += sum(sk.startswith(items.TURN) for sk, _ in found)
    return removed
