"""Who may speak as whom: by a token of PunAI's, or by a signature of the site that knows its customer."""

import hashlib
import hmac

from punai.ports import ConfigurationError
from punai.tenant import Tenant
from punai.web import tokens
from punai.web.desk import current
from punai.web.problems import Problem
from punai.web.routes import Call

VISITOR = "visitor-"
"""What the ids of people begin with whom nobody but their browser knows."""


def check_speaker(tenant: Tenant, user_id: str, call: Call) -> None:
    """See that this request may speak as this user: with a token it must be theirs, and visitors need one; so
    does everybody where the business has an identity secret.

    Raises:
        Problem: 401 or 403: it may not.
    """
    if call.token is not None:
        if bearer(tenant, call) != user_id:
            raise Problem(403, "The token is another user's. Send the user_id that it was made for.")
    elif user_id.startswith(VISITOR) or secret_of(tenant) is not None:
        raise not_proven("This user_id needs a token. Send Authorization: Bearer and one of POST /session.")


def bearer(tenant: Tenant, call: Call) -> str:
    """The user whose token came with the request.

    Raises:
        Problem: 401: none did, or it is forged, expired or another business's.
    """
    user_id = tokens.user_of(current().store, tenant, token_of(call))
    if user_id is None:
        raise not_proven("The token is not valid here, or no longer. Get a new one of POST /session.")
    return user_id


def token_of(call: Call) -> str:
    """The token that came with the request, whoever's it is.

    Raises:
        Problem: 401: none did.
    """
    if call.token is None:
        raise not_proven("There is no token. Send Authorization: Bearer and one of POST /session.")
    return call.token


def check_signature(tenant: Tenant, user_id: str, signature: str | None) -> None:
    """See that the business's site signed this user_id: hex HMAC-SHA256 by `[settings.identity] secret`.

    Raises:
        Problem: 401: it did not, or the business has no secret.
    """
    secret = secret_of(tenant)
    if secret is not None and signature is not None:
        right = hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()
        # In a time that does not tell how much of it is right.
        if hmac.compare_digest(right.encode(), signature.lower().encode()):
            return
    raise not_proven(
        "The signature is not this user_id's. Send hex HMAC-SHA256 of it by the secret of the business."
    )


def secret_of(tenant: Tenant) -> str | None:
    """The business's identity secret, if it has one.

    Raises:
        ConfigurationError: it has one, and it cannot be read: then nobody is believed.
    """
    try:
        return tenant.identity_secret()
    except LookupError as error:
        raise ConfigurationError(f"[settings.identity] of {tenant.id}: {error.args[0]}") from error


def not_proven(detail: str) -> Problem:
    """Nobody knows whether the client is who it says."""
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
