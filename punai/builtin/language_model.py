"""The language model that `PUNAI_MODEL`, or a pack's `[settings.model] name`, asks for, through LangChain."""

import os
from typing import TYPE_CHECKING, Any

from punai import Tenant, hookimpl
from punai.ports import ConfigurationError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


@hookimpl
def chat_model(tenant: Tenant) -> "BaseChatModel | None":
    """Any model that LangChain's `init_chat_model` can make; None for `local`."""
    name = tenant.setting("model", "name", "local")
    if name == "local":
        return None
    # A third of a second to import: only a business that uses a model pays for it.
    from langchain.chat_models import init_chat_model

    options = _for_openai(name)
    try:
        # No retries: a turn makes one call, and where that fails the local answer serves.
        timeout = float(tenant.setting("model", "timeout", "10"))
        model: BaseChatModel = init_chat_model(name, timeout=timeout, max_retries=0, **options)
    except ImportError as error:
        raise ConfigurationError(f"the model {name!r} needs a package: {error}") from error
    except Exception as error:
        # Providers raise errors of their own; the name of a missing variable is in their first line.
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigurationError(f"the model {name!r} cannot be set up: {why}") from error
    return model


def _for_openai(name: str) -> dict[str, Any]:
    """Chat Completions, which Ollama, vLLM and llama.cpp speak too; and those need no key."""
    # LangChain takes a bare name such as gpt-4.1-mini for OpenAI's.
    if not name.startswith(("openai:", "gpt-", "chatgpt")):
        return {}
    options: dict[str, Any] = {"use_responses_api": False}
    if not os.environ.get("OPENAI_API_KEY"):
        if not os.environ.get("OPENAI_BASE_URL"):
            raise ConfigurationError(f"the model {name!r} needs the environment variable OPENAI_API_KEY")
        options["api_key"] = "none"
    return options
