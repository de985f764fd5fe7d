"""Fakes and contracts that PunAI's own tests use, for those who write plugins."""

from punai.testing.model_answers import Failure
from punai.testing.openai_server import OpenAIServer
from punai.testing.proposals import passages_in, proposal
from punai.testing.store_contract import StoreContract

__all__ = ["Failure", "OpenAIServer", "StoreContract", "passages_in", "proposal"]
