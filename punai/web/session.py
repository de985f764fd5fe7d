"""`POST /session`: who is talking, as a token that proves it from then on."""

import secrets
from datetime import datetime

from pydantic import ConfigDict, Field

from punai.models import Model
from punai.web import tokens
from punai.web.desk import business, current
from punai.web.identity import VISITOR, bearer, check_signature
from punai.web.routes import Call, Routes
from punai.web.words import Body, Identifier, OneLine, WhichBusiness

routes = Routes(__name__)


class SessionRequest(Body):
    """Somebody who wants to talk: a visitor, one who was here before, or a customer whom the site signed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    business: WhichBusiness = None
    user_id: Identifier | None = Field(
        None, description="your own id for the customer, 1 to 128 characters; left out for visitors"
    )
    signature: OneLine | None = Field(
        None, description="hex HMAC-SHA256 of the user_id, by the business's identity secret"
    )


class Session(Model):
    """Who one is from now on, and the proof."""

    user_id: str
    token: str = Field(description="to send as Authorization: Bearer")
    expires_at: datetime = Field(description="until when the token is one; ask again before, with it")


@routes.post("/session", SessionRequest, Session, problems=(404, 503), proof="optional")
def session(body: SessionRequest, call: Call) -> Session:
    """Give a visitor, or a customer whom the site signed, a token."""
    tenant = business(body.business)
    if body.user_id is not None:
        check_signature(tenant, body.user_id, body.signature)
        user_id = body.user_id
    elif call.token is not None:
        user_id = bearer(tenant, call)
    else:
        user_id = VISITOR + secrets.token_urlsafe(16)
    token, until = tokens.issue(current().store, tenant, user_id)
    return Session(user_id=user_id, token=token, expires_at=until)
