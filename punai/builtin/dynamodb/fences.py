"""Why a plain answer takes no transaction, and yet never comes after a human took over.

A conversation's state carries a `version` that grows by one whenever it is written; a turn may carry a
`fence`, which is such a version and only grows.

- A plain answer, one that changes no status, is stored in two steps. G reads the state: its status must be
  the expected one, and its version is g. U writes the answer into the turn, on the condition that it has
  none, that its holder is the same, and that it has no fence, or one up to g.
- Somebody who changes the status takes three. S writes the state, which makes its version s. T finds the
  turns of the conversation that are not answered yet. F puts the fence s on each of them, unless it is
  answered meanwhile or has a later one.

Claim: once that change has returned, no answer is stored that was made for the status before. Such an answer
has read g < s, so its G came before S. Its turn was in the table before G, as only who holds a turn answers
it. So T, which comes after S, finds the turn, unless it is answered already; and F either fences it, after
which U fails since s > g, or meets the answer. In both cases no such U succeeds after F. An answer that fails
for its fence goes back to G: it is refused there, or, where the expected status has returned meanwhile,
stored with the new version.

T must find every turn without an answer, and not read a long conversation for that. It asks two indexes:

- `order`, which reads consistently, for the turns that arrived in the last quarter of an hour;
- `unanswered`, which holds nothing else but is a moment behind, for the older ones.

That is complete as long as no index is behind, and no machine's clock off, by a quarter of an hour together.
AWS answers no caller whose clock is off by more than five minutes, and an index is usually behind by less
than a second.

The bot's own change, to `waiting` or when a closed conversation is written in again, is one transaction and
fences nothing: an answer that is under way at that moment is as good as it was.
"""

from punai import Tenant
from punai.builtin.dynamodb import items
from punai.builtin.dynamodb.items import ORDER, UNANSWERED
from punai.builtin.dynamodb.table import Table
from punai.builtin.dynamodb.writes import update

RECENT = 15 * 60  # seconds
OPEN = "attribute_not_exists(answer) AND (attribute_not_exists(fence) OR fence <= :version)"
"""The condition on which a turn may be answered by who read that version of the conversation's state."""


def fence(table: Table, tenant: Tenant, conversation_id: str, version: int) -> None:
    """From now on, refuse a plain answer by who has read an earlier version of the conversation's state."""
    pk, since = items.conversation_partition(tenant, conversation_id), items.arrival_ago(RECENT)
    recent = table.query("pk = :pk AND ord >= :since", index=ORDER, pk=pk, since=since)
    unanswered = [row["sk"] for row in recent if row["sk"] != items.META and "answer" not in row]
    older = table.query(
        "unanswered = :tenant AND ord < :since",
        index=UNANSWERED,
        tenant=items.tenant_partition(tenant),
        since=since,
    )
    unanswered += [row["sk"] for row in older if row["pk"] == pk]
    for sk in unanswered:
        table.commit(
            update((pk, sk), "SET fence = :version", f"attribute_exists(pk) AND {OPEN}", version=version)
        )
