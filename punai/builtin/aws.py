"""What boto3's errors mean for who set it up, whichever part of AWS is asked.

What AWS itself says is not passed on: it may quote account numbers, and words that were stored.
"""

SET_CREDENTIALS = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
BAD_CREDENTIALS = {
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignature",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnrecognizedClient",
}
"""Codes of answers, without the "Exception" that some services end them in."""


def refused_credentials(what: str) -> str:
    """That AWS does not take the credentials; `what` was asked for, such as a table."""
    return f"AWS refuses the credentials for {what}: {SET_CREDENTIALS}"


def unreachable(what: str, error: Exception) -> str:
    """Why nothing was asked, or answered: what a `BotoCoreError` means."""
    kind = type(error).__name__
    if kind == "NoRegionError":
        return f"there is no AWS region for {what}: set AWS_DEFAULT_REGION"
    if any(word in kind for word in ("Credential", "Profile", "SSO", "Token")):
        return f"there are no AWS credentials for {what} ({kind}): {SET_CREDENTIALS}"
    return f"{what} cannot be reached ({kind}): check the network, the region and the endpoint"
