"""The DynamoDB store against moto's server and, where it runs, Amazon's own engine."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any
from uuid import uuid4

import pytest

from punai import Answer, Tenant
from punai.builtin.dynamodb import connection as dynamodb_connection
from punai.builtin.dynamodb import items as items
from punai.builtin.dynamodb.store import DynamoDBStore, open_store
from punai.builtin.dynamodb.table import Table
from punai.models import Usage
from punai.ports import ConfigurationError, Store
from punai.testing.store_contract import StoreContract
from punai.testing.store_contract.basis import (
    NOW,
    accept,
    at_once,
    escalate,
    exchange,
    message,
    said_elsewhere,
)

A_DAY = timedelta(days=1)


WORDS = ("The parcel was to come on Friday, and nobody has rung the bell. " * 5)[:300]


class Meter:
    """Counts a client's calls, and the capacity units that they consume."""

    def __init__(self, client: Any) -> None:
        self.calls, self.units, self.write_units = 0, 0.0, 0.0
        self._lock = Lock()
        client.meta.events.register("before-parameter-build.dynamodb", self._ask)
        client.meta.events.register("after-call.dynamodb", self._add)

    def _ask(self, params: dict[str, Any], model: Any, **_: object) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "TOTAL"

    def _add(self, parsed: dict[str, Any], model: Any, **_: object) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        units = sum(
            part["CapacityUnits"] for part in (consumed if isinstance(consumed, list) else [consumed])
        )
        with self._lock:
            self.calls += 1
            self.units += units
            self.write_units += units if model.name not in ("GetItem", "Query") else 0


class DynamoDBContract(StoreContract):
    """The contract, and what is DynamoDB's own, on a fresh table for every claim."""

    @pytest.fixture(scope="class")
    @classmethod
    def endpoint(cls) -> str:
        raise NotImplementedError("each engine gives its own")

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, aws: pytest.MonkeyPatch, endpoint: str) -> Iterator[DynamoDBStore]:
        """One store for all claims, because boto3 takes long to make a client."""
        aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
        # A hundred threads and the engine on one busy machine are slower than AWS.
        aws.setattr(dynamodb_connection, "READ_TIMEOUT", 60)
        store = open_store(f"dynamodb://punai-{uuid4().hex}")
        assert isinstance(store, DynamoDBStore)
        yield store
        store.close()

    @pytest.fixture
    def store(self, opened: DynamoDBStore) -> Iterator[Store]:
        opened.prepare()
        yield opened
        opened.table.connection.client.delete_table(TableName=opened.table.name)

    @pytest.fixture
    def table(self, store: Store, opened: DynamoDBStore) -> Table:
        return opened.table

    def reopen(self, store: Store) -> Store:
        assert isinstance(store, DynamoDBStore)
        return DynamoDBStore(Table(store.table.name))

    @pytest.fixture(scope="class")
    @classmethod
    def meter(cls, opened: DynamoDBStore) -> Meter:
        return Meter(opened.table.connection.client)

    def test_a_plain_turn_takes_four_calls_and_eight_write_units(
        self, store: Store, tenant: Tenant, meter: Meter
    ) -> None:
        usage = Usage(model="gpt-4.1-mini", input_tokens=1234, output_tokens=123, cost=0.00069)
        answer = Answer(reply=WORDS, answered_by="model", intent="returns", confidence=0.93, usage=usage)
        conversation = uuid4().hex
        exchange(store, tenant, message(WORDS, conversation=conversation), answer)
        for name, most_calls in ((conversation, 4), (None, 5)):
            calls, units = meter.calls, meter.write_units
            exchange(store, tenant, message(WORDS, conversation=name, id=uuid4().hex), answer)
            assert meter.calls - calls == most_calls
            assert meter.write_units - units <= 8

    def test_first_messages_at_once_agree_on_one_conversation(self, store: Store, tenant: Tenant) -> None:
        sent = [partial(accept, store, tenant, message(f"Message {number}")) for number in range(8)]
        assert len({accepted.conversation.id for accepted in at_once(sent)}) == 1
        assert len(list(store.turns_of(tenant, "ann"))) == 8

    def test_what_a_business_no_longer_keeps_is_not_seen_though_it_is_still_there(
        self, store: Store, tenant: Tenant, table: Table
    ) -> None:
        long_ago = datetime.now(UTC) - timedelta(days=tenant.retain_days + 2)
        exchange(store, tenant, message("Old words", conversation="c1", id="m1"), now=long_ago)
        assert store.turn(tenant, "c1", "m1") is None
        again = accept(store, tenant, message("New words", conversation="c1", id="m1"))
        assert (again.state, again.turn.text, again.conversation.turns) == ("new", "New words", ())
        assert [turn.text for turn in store.turns_of(tenant, "ann")] == ["New words"]
        assert [turn.text for turn in store.turns(tenant, since=long_ago)] == ["New words"]

    def test_erasing_removes_what_has_expired_too(self, store: Store, tenant: Tenant, table: Table) -> None:
        long_ago = datetime.now(UTC) - timedelta(days=tenant.retain_days + 2)
        exchange(store, tenant, message(conversation="c1", id="m1"), now=long_ago)
        store.erase(tenant, "ann")
        assert everything_in(table) == []

    def test_erasing_leaves_no_item_behind(self, store: Store, tenant: Tenant, table: Table) -> None:
        for conversation in ("c1", "c2"):
            escalate(store, tenant, message(conversation=conversation, id="m1"), conversation)
            store.change_status(tenant, conversation, expect=["waiting"], to="closed")
            escalate(store, tenant, message(conversation=conversation, id="m2"), f"{conversation} again")
        store.erase(tenant, "ann")
        assert everything_in(table) == []

    def test_words_expire_when_the_business_said_and_their_conversation_not_before(
        self, store: Store, tenant: Tenant, table: Table
    ) -> None:
        for day in (0, 0.4, 0.8, 2, 100):
            turn = exchange(store, tenant, message(conversation="c1"), now=NOW + day * A_DAY)
            keeps_until = (NOW + (day + tenant.retain_days) * A_DAY).timestamp()
            stored = table.get(items.turn_key(tenant, "c1", turn.message_id))
            assert stored is not None
            assert int(stored["ttl"]) == int(keeps_until)
            shells = [items.meta_key(tenant, "c1"), items.current_key(tenant, "ann")]
            shells.append((items.user_partition(tenant, "ann"), "C#c1"))
            for key in shells:
                shell = table.get(key)
                assert shell is not None
                assert 0 <= int(shell["ttl"]) - int(keeps_until) <= A_DAY.total_seconds()

    def test_words_from_before_the_beginning_of_time_expire_at_once(
        self, store: Store, tenant: Tenant, table: Table
    ) -> None:
        before = datetime(1960, 1, 1, tzinfo=UTC)
        store.record(tenant, said_elsewhere("Old words", conversation="c1", id="m1", at=before))
        [ttl] = [int(row["ttl"]) for row in everything_in(table) if row["sk"] == "M#m1"]
        # DynamoDB would never delete what expired more than five years ago.
        assert abs(ttl - datetime.now(UTC).timestamp()) < 60

    def test_the_table_deletes_what_expires(self, table: Table) -> None:
        described = table.connection.call("describe_time_to_live", TableName=table.name)
        assert described["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
        assert described["TimeToLiveDescription"]["AttributeName"] == "ttl"


class TestOnMoto(DynamoDBContract):
    """moto measures no capacity, so that the claim about a turn's cost is skipped here."""

    @pytest.fixture(scope="class")
    @classmethod
    def endpoint(cls, moto_server: str) -> str:
        return moto_server


class TestOnDynamoDBLocal(DynamoDBContract):
    """Amazon's engine of 2020: its own conditions, transactions and capacity units."""

    measured: Meter

    @pytest.fixture(scope="class")
    @classmethod
    def endpoint(cls, dynamodb_local: str) -> str:
        return dynamodb_local

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _measured(cls, meter: Meter) -> None:
        cls.measured = meter

    def cost(self, store: Store) -> float | None:
        return self.measured.units


def everything_in(table: Table) -> list[items.Row]:
    """All items of a table, expired ones too; a test may scan."""
    found = table.connection.call("scan", TableName=table.name, ConsistentRead=True)["Items"]
    return [items.row(stored) for stored in found]


def test_another_stores_url_is_left_to_others() -> None:
    assert open_store("sqlite:///.punai/punai.db") is None


@pytest.mark.parametrize("url", ["dynamodb://", "dynamodb://ab", "dynamodb://a/b", "dynamodb://größe"])
def test_a_url_without_a_tables_name_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"PUNAI_STORE: .* write dynamodb://TABLE"):
        open_store(url)


def test_opening_takes_neither_boto3_nor_the_network() -> None:
    program = (
        "import sys; from punai.builtin.dynamodb.store import open_store; open_store('dynamodb://punai');"
        "sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
