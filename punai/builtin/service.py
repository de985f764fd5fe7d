"""What handlers that speak to a service over HTTP share: their settings, and one call with clear errors."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from punai import Tenant
from punai.ports import PunaiError

SECONDS = 4.0
"""How long a call may take. A handler makes three at most, and has 15 seconds."""
AT_HOME = ("localhost", "127.0.0.1", "::1")


class ServiceError(PunaiError):
    """A service did not do what it was asked. The message says what to do, and holds no secret and no words.

    `status` is the HTTP status, None where there was no answer. `retry_after` are the seconds that the
    service asks to be left alone for, where it does: that long the next attempt waits.
    """

    def __init__(self, message: str, *, status: int | None = None, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Section:
    """The table `[settings.NAME]` of a business, read strictly.

    With `follow` false, references into AWS are not followed and count as set: to look at settings at start.
    """

    tenant: Tenant
    name: str
    follow: bool = True

    def has(self, key: str) -> bool:
        """Whether the business sets it."""
        return key in self.tenant.settings.get(self.name, {})

    def text(self, key: str, default: str | None = None) -> str:
        """The setting, with its reference followed; empty where that is left for later.

        Raises:
            LookupError: it is missing or empty, or the reference leads nowhere.
        """
        raw = str(self.tenant.settings.get(self.name, {}).get(key, ""))
        if not self.follow and raw.startswith(("ssm:", "secretsmanager:")):
            return ""
        try:
            value = self.tenant.setting(self.name, key, default).strip()
        except LookupError as error:
            raise (self.wrong(key, str(error.args[0])) if raw else error) from None
        if not value and default != "":
            raise self.wrong(key, "is empty; fill it in, or take it out")
        return value

    def several(self, key: str) -> list[str]:
        """A setting that is a list, or text with commas in between.

        Raises:
            LookupError: it is missing or empty, or the reference leads nowhere.
        """
        raw = self.tenant.settings.get(self.name, {}).get(key)
        is_list = isinstance(raw, list | tuple)
        listed = raw if is_list else self.text(key).split(",")
        found = [str(each).strip() for each in listed or () if str(each).strip()]
        if not found and (is_list or self.follow):
            raise self.wrong(key, "is empty; fill it in")
        return found

    def address(self, key: str, default: str | None = None) -> str:
        """A web address without a slash at its end: https, or http on this machine.

        Raises:
            LookupError: the setting is missing, or is none.
        """
        value = self.text(key, default)
        if not value and not self.follow:
            return ""
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise self.wrong(key, "is no web address; it begins with https://") from None
        if not host or parts.scheme not in ("http", "https") or re.search(r"[\s\x00-\x1f]", value):
            raise self.wrong(key, "is no web address; it begins with https://")
        if parts.scheme == "http" and host not in AT_HOME:
            raise self.wrong(key, "must begin with https://, so that nobody reads along")
        if parts.username or parts.password:
            raise self.wrong(key, "must hold no name and password; they have settings of their own")
        return value.rstrip("/")

    def matching(self, key: str, pattern: str, what: str, default: str | None = None) -> str:
        """A setting of a certain form, which `what` says in words.

        Raises:
            LookupError: it is missing, or of another form.
        """
        value = self.text(key, default)
        if value and not re.fullmatch(pattern, value):
            raise self.wrong(key, f"must be {what}")
        return value

    def wrong(self, key: str, why: str) -> LookupError:
        """The error for a setting, which names it and never shows it."""
        return LookupError(f"[settings.{self.name}] {key}: {why}")


@dataclass(frozen=True, slots=True)
class Service:
    """A service's HTTP interface: what people call it, where it is and how one signs in.

    `hints` say what to do about a status, in the service's own terms; `section` names its settings.
    """

    name: str
    section: str
    base: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    hints: Mapping[int, str] = field(default_factory=dict)

    def get(self, path: str, **params: str) -> dict[str, Any]:
        """The JSON object that stands there. Raises as `call` does."""
        return self._object(self.call("GET", path, params=params))

    def post(self, path: str, body: Any, **headers: str) -> dict[str, Any]:
        """The JSON object that comes back. Raises as `call` does."""
        return self._object(self.call("POST", path, json=body, headers={**headers}))

    def call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **sent: Any) -> Any:
        """The JSON of the answer, {} where there is no body.

        Raises:
            ServiceError: there was no answer in time, or none that says it was done.
        """
        response = self.send(method, path, headers=headers, **sent)
        if not response.content:
            return {}
        try:
            return response.json()
        except (ValueError, RecursionError):
            raise self._unreadable() from None

    def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **sent: Any) -> Any:
        """The same, with the answer as it is: an `httpx.Response`."""
        import httpx  # 40 ms that every start of a function would pay for, with such a handler or without

        try:
            with httpx.Client(auth=self.auth, timeout=httpx.Timeout(SECONDS, connect=SECONDS / 2)) as client:
                together = {**self.headers, **(headers or {})}
                response = client.request(method, f"{self.base}{path}", headers=together, **sent)
        # Not chained: httpx's own words hold the address, which may be the secret.
        except httpx.TimeoutException:
            raise self.error(f"did not answer within {SECONDS:g} s; it is asked again later") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise self.error("cannot be reached; check its address, and the network") from None
        except (UnicodeError, ValueError):
            raise self.error(
                "could not be asked; its settings hold letters that do not belong there"
            ) from None
        if not response.is_success:
            raise self._refused(response)
        return response

    def identified(self, made: Any, key: str) -> str:
        """The number or id in an answer, without which it is none.

        Raises:
            ServiceError: there is none, or it is nothing to build an address from.
        """
        found = str(made.get(key)) if isinstance(made, dict) and made.get(key) is not None else ""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", found):
            raise self._unreadable()
        return found

    def rows(self, found: Any) -> list[dict[str, Any]]:
        """The objects of a list in an answer; none where there is no list.

        Raises:
            ServiceError: it is no list of objects.
        """
        if not isinstance(found, list | None) or not all(isinstance(row, dict) for row in found or ()):
            raise self._unreadable()
        return found or []

    def error(self, why: str, *, status: int | None = None, retry_after: str | None = None) -> ServiceError:
        """An error that begins with the service's name."""
        return ServiceError(f"{self.name} {why}", status=status, retry_after=retry_after)

    def _object(self, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise self._unreadable()
        return answer

    def _unreadable(self) -> ServiceError:
        return self.error("gave an answer that cannot be read; check that its address is right")

    def _refused(self, response: Any) -> ServiceError:
        status = response.status_code
        wait = response.headers.get("retry-after")
        settings = f"[settings.{self.section}]"
        # GitHub says 403 to who asks too often.
        used_up = wait or response.headers.get("x-ratelimit-remaining") == "0"
        if status == 429 or (status == 403 and used_up):
            when = f"in {wait} s" if wait and wait.isdigit() else "later"
            return self.error(
                f"is asked too often ({status}); it is asked again {when}", status=status, retry_after=wait
            )
        usual = {
            401: f"refuses the credentials (401): check those under {settings}",
            403: f"does not allow it (403): the credentials under {settings} need more permissions",
            404: f"knows no such place (404): check the address and ids under {settings}",
            409: "says that it is in conflict with something (409); it is tried again",
            413: "says that it is too long (413)",
        }
        if status >= 500:
            why = f"has a problem of its own ({status}); it is tried again"
        elif 300 <= status < 400:
            why = f"is somewhere else ({status}): check the address under {settings}"
        else:
            why = usual.get(
                status, f"does not take what it was sent ({status}): check the ids under {settings}"
            )
        if hint := self.hints.get(status):
            why = f"{why.partition(':')[0]}: {hint}"
        named = ", ".join(_named_fields(response))
        return self.error(f"{why}; it names {named}" if named else why, status=status, retry_after=wait)


def _named_fields(response: Any) -> list[str]:
    """The fields that an answer complains of: names alone, as what it says may repeat what was sent."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return []
    found: dict[str, None] = {}
    for key in ("errors", "details"):
        complaints = body.get(key) if isinstance(body, dict) else None
        if isinstance(complaints, dict):
            found |= dict.fromkeys(map(str, complaints))
        elif isinstance(complaints, list):
            found |= dict.fromkeys(str(each.get("field")) for each in complaints if isinstance(each, dict))
    return [name for name in found if re.fullmatch(r"[a-z][A-Za-z0-9_.]{0,40}", name) and name != "None"][:5]


def refused_by_aws(name: str, error: Exception, refusals: Mapping[str, str]) -> ServiceError:
    """What an error of boto3 means for who set it up: by its code, as its own words may hold addresses."""
    answer = getattr(error, "response", None)
    if not isinstance(answer, Mapping):
        why = f"cannot be reached ({type(error).__name__}): check region and credentials"
        return ServiceError(f"{name} {why}")
    code = str(answer.get("Error", {}).get("Code"))
    shown = code if re.fullmatch(r"[A-Za-z0-9_.]{1,60}", code) else "unknown"
    why = refusals.get(code, f"refuses it with the code {shown}")
    wait = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after")
    return ServiceError(f"{name} {why}", retry_after=wait)
