"""PunAI: AI customer support as a framework. These names are the public API for plugins."""

from punai.hookspecs import hookimpl
from punai.models import (
    Answer,
    Citation,
    Conversation,
    Escalation,
    Feedback,
    Inbound,
    Intent,
    IntentMatch,
    Passage,
    Turn,
)
from punai.ports import Channel, EscalationHandler, Store
from punai.sources import KnowledgeSource
from punai.tenant import Tenant

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Channel",
    "Citation",
    "Conversation",
    "Escalation",
    "EscalationHandler",
    "Feedback",
    "Inbound",
    "Intent",
    "IntentMatch",
    "KnowledgeSource",
    "Passage",
    "Store",
    "Tenant",
    "Turn",
    "hookimpl",
]
