"""The way to AWS for who provisions: clients, where they lead, and refusals in words that help."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from punai.ports import PunaiError
from punai.provision.names import Place

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

CONNECT_TIMEOUT, READ_TIMEOUT = 5, 30  # seconds
ATTEMPTS = 4
SIGN_IN = "sign in (aws sso login), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
NO_REGION = "there is no AWS region: set AWS_DEFAULT_REGION to one, such as eu-west-1, or your AWS profile"
BAD_CREDENTIALS = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"}
QUOTA = {"LimitExceeded", "LimitExceededException", "ServiceQuotaExceededException", "TooManyBuckets"}


class Account:
    """An account of AWS, in the region and with the credentials that boto3 finds.

    Raises:
        PunaiError: there is no region, there are no credentials, or AWS refuses them.
    """

    def __init__(self) -> None:
        from boto3.session import Session

        self._clients: dict[str, Any] = {}
        with clear_errors():
            self._session = Session()
            if not self._session.region_name:  # botocore would take an empty one, and make a strange address
                raise PunaiError(NO_REGION)
            identity = self.client("sts").get_caller_identity()
            partition = identity["Arn"].split(":")[1]
            self.place = Place(identity["Account"], self._session.region_name, partition)

    def client(self, service: str) -> Any:
        """A client of a service, always the same one."""
        if service not in self._clients:
            self._clients[service] = self._made(service)
        return self._clients[service]

    def _made(self, service: str) -> Any:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        )
        try:
            return self._session.client(service, config=config)
        except BotoCoreError:
            raise
        except ValueError as error:  # what boto3 says of an endpoint such as "localhost:8000"
            raise PunaiError("AWS_ENDPOINT_URL is no address: write http://host:port") from error


@contextmanager
def clear_errors() -> Iterator[None]:
    """Tell what goes wrong with AWS inside in one line that says what to do.

    Raises:
        PunaiError: instead of what botocore raised.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise PunaiError(_refusal(error)) from error
    except BotoCoreError as error:
        raise PunaiError(_silence(error)) from error


def code_of(error: "ClientError") -> str:
    """Why AWS refused, in its own word."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _refusal(error: "ClientError") -> str:
    code, operation = code_of(error), error.operation_name
    message = str(error.response.get("Error", {}).get("Message", ""))
    if code in BAD_CREDENTIALS:
        return f"AWS refuses the credentials ({code}): {SIGN_IN}"
    if code in DENIED or code == "403":
        asked = re.search(r"perform: ([\w-]+:\w+)", message)
        action = asked[1] if asked else operation
        return f"AWS denies access: whoever runs this needs the permission {action}"
    if code in QUOTA:
        return f"a quota of the account is reached at {operation}: {message}; AWS raises it on request"
    return f"AWS refuses {operation} ({code}): {message}"


def _silence(error: "BotoCoreError") -> str:
    kind = type(error).__name__
    if kind == "InvalidRegionError":
        return NO_REGION
    if any(word in kind for word in ("Credential", "Profile", "SSO", "Token")):
        return f"there are no AWS credentials ({kind}): {SIGN_IN}"
    return f"AWS cannot be reached ({kind}): check the network and the region's name"
