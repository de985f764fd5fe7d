"""What a store must hold to: the contract that every store's tests run, the built-in ones' and yours."""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("conversations", "escalations", "feedback", "people", "turns"))
)

# Only now, so that a failing assert of theirs shows its values.
from punai.testing.store_contract.conversations import ConversationClaims  # noqa: E402 - see above
from punai.testing.store_contract.escalations import EscalationClaims  # noqa: E402 - see above
from punai.testing.store_contract.feedback import FeedbackClaims  # noqa: E402 - see above
from punai.testing.store_contract.people import PeopleClaims  # noqa: E402 - see above
from punai.testing.store_contract.turns import TurnClaims  # noqa: E402 - see above

__all__ = ["StoreContract"]


class StoreContract(TurnClaims, ConversationClaims, EscalationClaims, FeedbackClaims, PeopleClaims):
    """Subclass it in your tests, and give it your store:

        class TestMyStore(StoreContract):
            @pytest.fixture
            def store(self):
                store = MyStore(...)
                store.prepare()
                yield store
                store.close()

    Override `reopen(store)` to give a second opening of the same database, and `cost(store)` to have it
    checked that a turn costs the same however long the conversation is.
    """
