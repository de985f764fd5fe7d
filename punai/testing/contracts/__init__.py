"""What the parts of a plugin must hold to: the contracts that the built-in ones' tests run, and yours."""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("basis", "channel", "classifier", "handler", "knowledge"))
)

# Only now, so that a failing assert of theirs shows its values.
from punai.testing.contracts.channel import ChannelContract  # noqa: E402 - see above
from punai.testing.contracts.classifier import ClassifierContract  # noqa: E402 - see above
from punai.testing.contracts.handler import HandlerContract  # noqa: E402 - see above
from punai.testing.contracts.knowledge import KnowledgeContract  # noqa: E402 - see above

__all__ = ["ChannelContract", "ClassifierContract", "HandlerContract", "KnowledgeContract"]
