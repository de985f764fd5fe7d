"""Fakes and contracts that PunAI's own tests use, for those who write plugins."""

from punai.testing.contracts import ChannelContract, ClassifierContract, HandlerContract, KnowledgeContract
from punai.testing.model_answers import Failure
from punai.testing.openai_server import OpenAIServer
from punai.testing.proposals import passages_in, proposal
from punai.testing.stand_in import StandIn
from punai.testing.store_contract import StoreContract

__all__ = [
    "ChannelContract",
    "ClassifierContract",
    "Failure",
    "HandlerContract",
    "KnowledgeContract",
    "OpenAIServer",
    "StandIn",
    "StoreContract",
    "passages_in",
    "proposal",
]
