"""Who may speak as whom: tokens and signatures, and everything that comes without, or with a wrong one."""

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import itsdangerous
import pytest

from punai.bootstrap import open_desk
from punai.desk import Desk
from punai.ports import ConfigurationError
from punai.settings import Settings
from punai.web import identity, tokens
from punai.web.desk import use
from tests.web.conftest import PACK

SECRET = "correct horse battery staple"
VISITOR = re.compile(r"visitor-[A-Za-z0-9_-]{22}")
WORDS = "thank you, said the zebra"


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Two businesses: lamps, without an identity secret, and signs, with one."""
    folder = tmp_path_factory.mktemp("street")
    for name, more in (("lamps", ""), ("signs", f'\n[settings.identity]\nsecret = "{SECRET}"\n')):
        (folder / name).mkdir()
        (folder / name / "business.toml").write_text(PACK + more)
    store = folder / "punai.db"
    desk = open_desk(Settings(store=f"sqlite:///{store}", model="local", plugins=folder, business="lamps"))
    desk.store.prepare()
    yield desk
    desk.store.close()


@pytest.fixture
def shop(http: httpx.Client, street: Desk) -> httpx.Client:
    """A client of a server with both."""
    use(street)
    return http


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def session(shop: httpx.Client, token: str | None = None, **fields: Any) -> Any:
    headers = {} if token is None else bearing(token)
    response = shop.post("/session", json=fields, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def say(shop: httpx.Client, user_id: str, token: str | None = None, **fields: Any) -> httpx.Response:
    headers = {} if token is None else bearing(token)
    return shop.post("/chat", json={"user_id": user_id, "message": WORDS, **fields}, headers=headers)


def sign(user_id: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()


def refused(response: httpx.Response) -> int:
    """The status of a refusal, which is a problem, tells nothing that was sent, and says what to send."""
    assert response.headers["Content-Type"] == "application/problem+json"
    if response.status_code == 401:
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "zebra" not in response.text
    assert "Send" in response.json()["detail"] or "Get" in response.json()["detail"]
    return response.status_code


def altered(token: str) -> Iterator[tuple[str, str]]:
    """Every way to spoil a token that somebody would try."""
    payload, moment, signature = token.split(".")
    another = itsdangerous.encoding.base64_encode(b'"visitor-x"').decode()
    other = "A" if signature[0] != "A" else "B"
    yield "empty", "."
    yield "truncated", token[:-1]
    yield "without signature", f"{payload}.{moment}"
    yield "empty signature", f"{payload}.{moment}."
    yield "other signature", f"{payload}.{moment}.{other}{signature[1:]}"
    yield "later", f"{payload}.{moment[:-1]}{'A' if moment[-1] != 'A' else 'B'}.{signature}"
    yield "of another", f"{another}.{moment}.{signature}"
    yield "words", "let me in"
    yield "no text", "\xff\xfe"
    yield "long", "A" * 5000


def test_visitor_gets_an_unguessable_id_and_a_token_for_it(shop: httpx.Client) -> None:
    first, second = session(shop), session(shop)
    assert first["user_id"] != second["user_id"]
    assert VISITOR.fullmatch(first["user_id"])
    assert say(shop, first["user_id"], first["token"]).json()["reply"] == "You're welcome!"


def test_token_holds_for_ninety_days(shop: httpx.Client) -> None:
    left = datetime.fromisoformat(session(shop)["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=90) - left < timedelta(minutes=1)


def test_token_is_renewed_for_the_same_user(shop: httpx.Client) -> None:
    first = session(shop)
    again = session(shop, first["token"])
    assert again["user_id"] == first["user_id"]
    assert say(shop, first["user_id"], again["token"]).status_code == 200


def test_visitor_without_a_token_is_refused(shop: httpx.Client) -> None:
    visitor = session(shop)["user_id"]
    assert refused(say(shop, visitor)) == 401
    assert refused(say(shop, "visitor-")) == 401


def test_other_users_need_no_token_where_there_is_no_secret(shop: httpx.Client) -> None:
    assert say(shop, "customer_123").status_code == 200


def test_token_of_another_is_refused(shop: httpx.Client) -> None:
    eve, ann = session(shop), session(shop)
    for user_id in (ann["user_id"], "customer_123", eve["user_id"] + "x"):
        assert refused(say(shop, user_id, eve["token"])) == 403


def test_altered_token_is_refused_everywhere(shop: httpx.Client) -> None:
    real = session(shop)
    for how, token in altered(real["token"]):
        header = [(b"Authorization", b"Bearer " + token.encode("latin-1"))]
        for user_id in (real["user_id"], "customer_123"):
            sent = {"user_id": user_id, "message": WORDS}
            assert refused(shop.post("/chat", json=sent, headers=header)) == 401, how
        assert refused(shop.post("/session", json={}, headers=header)) == 401, how


def signed_by(key: bytes, user_id: Any, *, salt: bytes = b"punai.session", at: float | None = None) -> str:
    """A token as PunAI makes them, by this key and at this time."""

    class Then(itsdangerous.TimestampSigner):
        def get_timestamp(self) -> int:
            return int(at or datetime.now(UTC).timestamp())

    serializer: itsdangerous.URLSafeTimedSerializer = itsdangerous.URLSafeTimedSerializer(
        key,
        salt=salt,
        signer=Then,
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
    return serializer.dumps(user_id)


def test_forged_and_expired_tokens_are_refused(shop: httpx.Client, street: Desk) -> None:
    key = street.store.signing_key(street.tenants["lamps"], b"another")
    now, days = datetime.now(UTC).timestamp(), 86_400
    assert say(shop, "visitor-x", signed_by(key, "visitor-x")).status_code == 200
    assert say(shop, "visitor-x", signed_by(key, "visitor-x", at=now - 89 * days)).status_code == 200
    for token in (
        signed_by(key, "visitor-x", at=now - 91 * days),
        signed_by(key, "visitor-x", at=now + days),
        signed_by(b"guessed", "visitor-x"),
        signed_by(key, "visitor-x", salt=b"itsdangerous"),
        signed_by(key, ["visitor-x"]),
    ):
        assert refused(say(shop, "visitor-x", token)) == 401


def test_token_of_another_business_is_refused(shop: httpx.Client) -> None:
    ours, theirs = session(shop), session(shop, business="signs")
    assert refused(say(shop, ours["user_id"], ours["token"], business="signs")) == 401
    assert refused(say(shop, theirs["user_id"], theirs["token"])) == 401
    assert say(shop, theirs["user_id"], theirs["token"], business="signs").status_code == 200


def test_customer_whom_the_site_signed_speaks_as_such(shop: httpx.Client) -> None:
    for user_id in ("customer_123", "Zoë 😀"):
        known = session(shop, business="signs", user_id=user_id, signature=sign(user_id).upper())
        assert known["user_id"] == user_id
        assert say(shop, user_id, known["token"], business="signs").status_code == 200


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        sign("customer_124"),
        sign("customer_123", "another secret entirely"),
        sign("customer_123")[:-1],
        sign("customer_123") + "0",
        f" {sign('customer_123')}",
        "ü" * 64,
        hashlib.sha256(b"customer_123").hexdigest(),
        sign("customer_123", ""),
    ],
)
def test_wrong_signature_is_refused(shop: httpx.Client, signature: str | None) -> None:
    asked = {"business": "signs", "user_id": "customer_123", "signature": signature}
    assert refused(shop.post("/session", json=asked)) == 401


@pytest.mark.parametrize("signature", [None, sign("customer_123", ""), sign("customer_123")])
def test_nobody_is_signed_where_there_is_no_secret(shop: httpx.Client, signature: str | None) -> None:
    asked = {"user_id": "customer_123", "signature": signature}
    assert refused(shop.post("/session", json=asked)) == 401


def test_a_token_is_no_way_around_the_signature(shop: httpx.Client) -> None:
    visitor = session(shop, business="signs")
    asked = {"business": "signs", "user_id": "customer_123"}
    assert refused(shop.post("/session", json=asked, headers=bearing(visitor["token"]))) == 401


def test_with_a_secret_everybody_needs_proof(shop: httpx.Client, street: Desk) -> None:
    assert refused(say(shop, "stranger", business="signs")) == 401
    assert list(street.store.turns_of(street.tenants["signs"], "stranger")) == []


OTHER_FRONT_ENDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "/escalate": lambda user: {
        "userQuery": WORDS,
        "conversationHistory": [],
        "userEmail": user,
        "userName": "",
    },
    "/store-query": lambda user: {
        "sessionId": user,
        "timestamp": 1,
        "userQuery": WORDS,
        "botResponse": "-",
        "confidenceScore": 0,
        "intentName": "",
    },
}


@pytest.mark.parametrize("path", OTHER_FRONT_ENDS)
def test_the_other_endpoints_are_no_way_around_it(
    shop: httpx.Client, street: Desk, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = OTHER_FRONT_ENDS[path]
    assert refused(shop.post(path, json=body("visitor-a@example.com"))) == 401
    assert shop.post(path, json=body("ann@example.com")).status_code == 200
    monkeypatch.setattr(street, "default_tenant", "signs")
    assert refused(shop.post(path, json=body("ann@example.com"))) == 401
    known = session(shop, user_id="ann@example.com", signature=sign("ann@example.com"))
    assert shop.post(path, json=body("ann@example.com"), headers=bearing(known["token"])).status_code == 200
    assert refused(shop.post(path, json=body("bob@example.com"), headers=bearing(known["token"]))) == 403


def test_nobody_puts_words_into_a_visitors_conversation_by_its_name(shop: httpx.Client, street: Desk) -> None:
    visitor = session(shop)
    said = say(shop, visitor["user_id"], visitor["token"], conversation_id="easy to guess")
    assert said.status_code == 200
    put = OTHER_FRONT_ENDS["/store-query"]("easy to guess")
    assert refused(shop.post("/store-query", json=put)) == 401
    assert say(shop, "customer_123", conversation_id="easy to guess").status_code == 403
    asked = {**OTHER_FRONT_ENDS["/escalate"]("eve@example.com"), "sessionId": "easy to guess"}
    assert shop.post("/escalate", json=asked).status_code == 403
    assert len(list(street.store.turns_of(street.tenants["lamps"], visitor["user_id"]))) == 1
    assert shop.post("/store-query", json=put, headers=bearing(visitor["token"])).status_code == 200


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Token abc"])
def test_other_kinds_of_authorization_are_somebody_elses(shop: httpx.Client, header: str) -> None:
    for user_id, status in (("customer_123", 200), ("visitor-x", 401)):
        sent = {"user_id": user_id, "message": WORDS}
        assert shop.post("/chat", json=sent, headers={"Authorization": header}).status_code == status


def test_bearer_of_nothing_is_refused(shop: httpx.Client) -> None:
    sent = {"user_id": "customer_123", "message": WORDS}
    assert refused(shop.post("/chat", json=sent, headers={"Authorization": "Bearer"})) == 401


def test_unknown_business_is_not_found(shop: httpx.Client) -> None:
    for path, body in (("/session", {}), ("/chat", {"user_id": "ann", "message": WORDS})):
        response = shop.post(path, json={**body, "business": "nobody"})
        assert refused(response) == 404
        assert "nobody" not in response.text


def test_business_is_spoken_to_by_its_name(shop: httpx.Client, street: Desk) -> None:
    visitor = session(shop, business="signs")
    answer = say(shop, visitor["user_id"], visitor["token"], business="signs").json()
    asked = answer["conversation_id"]
    assert street.store.conversation(street.tenants["signs"], asked, history=0)
    assert not street.store.conversation(street.tenants["lamps"], asked, history=0)


def test_signatures_are_compared_in_constant_time(
    shop: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    original = hmac.compare_digest

    def compare(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return original(left, right)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    wrong = "0" * 64
    shop.post("/session", json={"business": "signs", "user_id": "customer_123", "signature": wrong})
    assert (sign("customer_123").encode(), wrong.encode()) in compared


def test_the_log_has_no_token_and_no_signature(shop: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    visitor = session(shop, business="signs")
    known = session(shop, business="signs", user_id="customer_123", signature=sign("customer_123"))
    say(shop, visitor["user_id"], visitor["token"], business="signs")
    say(shop, "customer_123", visitor["token"], business="signs")
    say(shop, "customer_123", known["token"] + "x", business="signs")
    assert caplog.records
    logged = json.dumps(
        [{**vars(record), "args": str(record.args)} for record in caplog.records], default=str
    )
    for secret in (visitor["token"], known["token"], sign("customer_123"), SECRET):
        assert secret not in logged
        assert secret.split(".")[-1] not in logged


def test_key_is_read_once_per_process(
    shop: httpx.Client, street: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session(shop)
    monkeypatch.delattr(type(street.store), "signing_key")
    assert say(shop, "customer_123", session(shop)["token"]).status_code == 403


def test_another_process_knows_the_token(shop: httpx.Client, street: Desk) -> None:
    visitor = session(shop)
    tokens._keys.clear()
    assert say(shop, visitor["user_id"], visitor["token"]).status_code == 200


def test_check_speaker_and_session_agree_on_what_a_visitor_is(shop: httpx.Client) -> None:
    assert session(shop)["user_id"].startswith(identity.VISITOR)


def test_secret_that_cannot_be_read_opens_no_door(
    http: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nobody")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    (tmp_path / "lamps").mkdir()
    kept_in_aws = '[settings.identity]\nsecret = "ssm:/punai-dev/identity"'
    (tmp_path / "lamps/business.toml").write_text(f"{PACK}\n{kept_in_aws}\n")
    desk = open_desk(Settings(store="sqlite:///:memory:", model="local", plugins=tmp_path))
    use(desk)
    assert say(http, "customer_123").status_code == 500
    assert list(desk.store.turns_of(desk.tenants["lamps"], "customer_123")) == []
    assert "ssm:/punai-dev/identity could not be read" in str([vars(each) for each in caplog.records])
    visitor = session(http)
    assert say(http, visitor["user_id"], visitor["token"]).status_code == 200


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ('secret = "short"', "secret has fewer than 16 characters"),
        ('secret = ""', "secret has fewer than 16 characters"),
        ('secret = "env:NO_SUCH_SECRET"', "NO_SUCH_SECRET"),
        ('secrett = "correct horse battery staple"', "unknown key 'secrett'; the only one is secret"),
        ("", "set secret under [settings.identity]"),
    ],
)
def test_secret_that_protects_nobody_stops_the_start(tmp_path: Path, table: str, why: str) -> None:
    (tmp_path / "lamps").mkdir()
    (tmp_path / "lamps/business.toml").write_text(f"{PACK}\n[settings.identity]\n{table}\n")
    with pytest.raises(ConfigurationError, match=re.escape(why)) as stopped:
        open_desk(Settings(store="sqlite:///:memory:", model="local", plugins=tmp_path))
    assert "business.toml: [settings.identity]" in str(stopped.value)
    assert "horse" not in str(stopped.value)
