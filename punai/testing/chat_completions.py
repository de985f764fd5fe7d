"""OpenAI's Chat Completions protocol: what the endpoint takes, and what it sends back.

After the API reference (https://platform.openai.com/docs/api-reference/chat/create), as far as PunAI speaks
it: messages, `response_format` and `stream`. Tools, audio and several choices are not here; other parameters
are let through unread.
"""

import json
import re
import time
from typing import Any

from punai.testing.smallest_answer import smallest_answer
from punai.testing.strict_schema import SchemaError, check_strict_schema

Request = dict[str, Any]

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
RESPONSE_FORMATS = ("text", "json_object", "json_schema")
_SCHEMA_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class RequestError(Exception):
    """The API would not take this request; `status` and `body` are what it answers."""

    def __init__(
        self, message: str, param: str | None = None, code: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(message, "invalid_request_error", param, code)


def error_body(message: str, kind: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def parse_request(body: bytes) -> Request:
    """The JSON object in a request's body. Raises `RequestError` if there is none."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict):
        raise RequestError("We could not parse the JSON body of your request: it must be a JSON object.")
    return request


def check_request(request: Request) -> None:
    """Raise `RequestError` unless the API takes this request."""
    model, messages = request.get("model"), request.get("messages")
    if not isinstance(model, str) or not model:
        raise RequestError("you must provide a model parameter", "model")
    if "messages" not in request:
        raise _missing("messages")
    if not isinstance(messages, list):
        raise _mistyped("messages", "an array of objects")
    if not messages:
        raise RequestError("Invalid 'messages': empty array.", "messages", "empty_array")
    for position, message in enumerate(messages):
        _check_message(message, f"messages[{position}]")
    _check_response_format(request)


def _check_message(message: object, place: str) -> None:
    if not isinstance(message, dict):
        raise _mistyped(place, "an object")
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise _unsupported(f"{place}.role", role, ROLES)
    is_list = isinstance(content, list) and all(isinstance(part, dict) and "type" in part for part in content)
    # only an assistant's message may go without words: its tool calls or its refusal stand for them
    if not (isinstance(content, str) or is_list or (content is None and role in ("assistant", "function"))):
        raise _mistyped(f"{place}.content", "a string or an array of parts")


def _check_response_format(request: Request) -> None:
    response_format = _response_format(request)
    if not isinstance(response_format, dict):
        raise _mistyped("response_format", "an object")
    kind = response_format.get("type")
    if kind not in RESPONSE_FORMATS:
        raise _unsupported("response_format.type", kind, RESPONSE_FORMATS)
    if kind == "json_object" and "json" not in _prompt_text(request).lower():
        raise RequestError("'messages' must contain the word 'json' to use type 'json_object'.", "messages")
    if kind == "json_schema":
        _check_json_schema(response_format.get("json_schema"))


def _check_json_schema(json_schema: object) -> None:
    place = "response_format.json_schema"
    if not isinstance(json_schema, dict):
        raise _missing(place)
    name = json_schema.get("name")
    if not isinstance(name, str) or not _SCHEMA_NAME.fullmatch(name):
        rule = f"Invalid '{place}.name': expected a string that matches '^[a-zA-Z0-9_-]{{1,64}}$'."
        raise RequestError(rule, f"{place}.name", "invalid_value")
    schema = json_schema.get("schema")
    if not isinstance(schema, dict):
        raise _missing(f"{place}.schema")
    try:
        if json_schema.get("strict") is True:
            check_strict_schema(schema)
    except (SchemaError, RecursionError) as error:
        rule = f"Invalid schema for response_format '{name}': {error}"
        raise RequestError(rule, "response_format") from None


def _missing(place: str) -> RequestError:
    return RequestError(f"Missing required parameter: '{place}'.", place, "missing_required_parameter")


def _mistyped(place: str, wanted: str) -> RequestError:
    return RequestError(f"Invalid type for '{place}': expected {wanted}.", place, "invalid_type")


def _unsupported(place: str, value: object, supported: tuple[str, ...]) -> RequestError:
    names = ", ".join(map(repr, supported))
    message = f"Invalid value for '{place}': {value!r}. Supported values are: {names}."
    return RequestError(message, place, "invalid_value")


def _response_format(request: Request) -> Any:
    given = request.get("response_format")
    return {"type": "text"} if given is None else given


def plainest_content(request: Request) -> str:
    """What is said when nothing is scripted: the smallest JSON that fits the request's schema, or "ok".

    Raises ValueError or RecursionError where nothing built in fits the schema.
    """
    response_format = _response_format(request)
    match response_format["type"]:
        case "json_schema":
            return json.dumps(smallest_answer(response_format["json_schema"]["schema"]))
        case "json_object":
            return "{}"
        case _:
            return "ok"


def completion(
    request: Request, number: int, content: str | None, refusal: str | None, finish_reason: str
) -> dict[str, Any]:
    """A `chat.completion` object. Tokens are estimated at four characters each, at least one."""
    prompt_tokens, completion_tokens = _tokens(_prompt_text(request)), _tokens(content or refusal or "")
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, "refusal": refusal},
                "logprobs": None,
                "finish_reason": finish_reason,
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }


def server_sent_events(request: Request, whole: dict[str, Any]) -> bytes:
    """The same completion for `stream: true`: a chunk with the words, one with why it ends, and [DONE]."""
    choice = whole["choices"][0]
    head = {**whole, "object": "chat.completion.chunk", "usage": None}
    chunks = [
        {**head, "choices": [{"index": 0, "delta": choice["message"], "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]},
    ]
    options = request.get("stream_options")
    if isinstance(options, dict) and options.get("include_usage"):
        chunks.append({**head, "choices": [], "usage": whole["usage"]})
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"


def _prompt_text(request: Request) -> str:
    contents = [message.get("content") or "" for message in request["messages"]]
    parts = [part for content in contents for part in ([content] if isinstance(content, str) else content)]
    return " ".join(part if isinstance(part, str) else str(part.get("text", "")) for part in parts)


def _tokens(text: str) -> int:
    return max(1, len(text) // 4)
