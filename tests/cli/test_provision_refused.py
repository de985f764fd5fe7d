"""What keeps `punai provision` from AWS, in one line that says what to do."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest

from tests.cli.conftest import Run, assert_one_line_error

ROOT = Path(__file__).parents[2]
SIGNED_IN = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
CALLER = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    "<Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>AIDA</UserId><Account>123456789012</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


class Refusing(ThreadingHTTPServer):
    """An AWS that knows who is calling, unless told otherwise, and refuses everything else."""

    daemon_threads = True

    def __init__(self, code: str, message: str, *, everybody: bool) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.refusal = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            "</ErrorResponse>"
        )
        self.everybody = everybody


class Call(BaseHTTPRequestHandler):
    """One call to it."""

    server: Refusing

    def do_POST(self) -> None:
        [action] = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["Action"]
        known = action == "GetCallerIdentity" and not self.server.everybody
        content = (CALLER if known else self.server.refusal).encode()
        self.send_response(200 if known else 403)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a line per request helps nobody."""


@pytest.fixture
def refusing() -> Iterator[Callable[..., str]]:
    """Starts an AWS that refuses with a code and a message; gives its address."""
    with ExitStack() as stack:

        def start(code: str, message: str, *, everybody: bool = False) -> str:
            server = stack.enter_context(Refusing(code, message, everybody=everybody))
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            stack.callback(thread.join, 10)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


@pytest.fixture(autouse=True)
def project(tmp_path: Path, environment: dict[str, str]) -> None:
    """A project, and an environment in which nobody is signed in to anything."""
    shutil.copytree(ROOT / ".chalice", tmp_path / ".chalice")
    nothing = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    environment |= {**nothing, "AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-west-1"}


@pytest.mark.parametrize("command", ["provision", "teardown"])
def test_without_a_region_one_is_asked_for(command: str, punai: Run, environment: dict[str, str]) -> None:
    wanted = ("no AWS region", "AWS_DEFAULT_REGION", "eu-west-1")
    assert_one_line_error(punai(command, **SIGNED_IN, AWS_DEFAULT_REGION=""), 1, *wanted)
    del environment["AWS_DEFAULT_REGION"]
    assert_one_line_error(punai(command, **SIGNED_IN), 1, *wanted)


def test_a_region_that_cannot_be_is_told(punai: Run) -> None:
    done = punai("provision", **SIGNED_IN, AWS_DEFAULT_REGION="Ireland (west)")
    assert_one_line_error(done, 1, "no AWS region", "AWS_DEFAULT_REGION")


def test_without_credentials_it_says_how_to_sign_in(punai: Run) -> None:
    assert_one_line_error(punai("provision"), 1, "no AWS credentials", "AWS_PROFILE", "AWS_ACCESS_KEY_ID")


def test_a_profile_that_is_not_there_is_told(punai: Run) -> None:
    assert_one_line_error(punai("provision", AWS_PROFILE="acme"), 1, "ProfileNotFound", "AWS_PROFILE")


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_credentials_that_are_refused_are_told(code: str, punai: Run, refusing: Callable[..., str]) -> None:
    address = refusing(code, "The security token included in the request is expired", everybody=True)
    done = punai("provision", **SIGNED_IN, AWS_ENDPOINT_URL=address)
    assert_one_line_error(done, 1, "AWS refuses the credentials", code, "aws sso login")


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        (
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/ann is not authorized to perform:"
            " cloudformation:DescribeStacks on resource: *",
            ["denies access", "permission cloudformation:DescribeStacks"],
        ),
        ("AccessDenied", "No.", ["denies access", "permission DescribeStacks"]),
        ("LimitExceeded", "Too many stacks", ["quota", "DescribeStacks", "Too many stacks"]),
        ("Strange", "Something else", ["AWS refuses DescribeStacks (Strange)", "Something else"]),
    ],
)
def test_a_refusal_names_what_is_missing(
    code: str, message: str, words: list[str], punai: Run, refusing: Callable[..., str]
) -> None:
    done = punai("provision", **SIGNED_IN, AWS_ENDPOINT_URL=refusing(code, message))
    assert (done.returncode, done.stdout) == (1, "Stage dev, account 123456789012, region eu-west-1\n")
    assert done.stderr.startswith("punai: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


def test_an_aws_that_is_not_there_is_told(punai: Run) -> None:
    done = punai("provision", **SIGNED_IN, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert_one_line_error(done, 1, "AWS cannot be reached", "network", "region")


def test_an_endpoint_that_is_no_address_is_told(punai: Run) -> None:
    done = punai("provision", **SIGNED_IN, AWS_ENDPOINT_URL="localhost:4566")
    assert_one_line_error(done, 1, "AWS_ENDPOINT_URL is no address", "http://host:port")
