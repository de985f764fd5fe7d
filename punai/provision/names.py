"""What a stage's resources are called: policies, settings and alarms say the same names."""

from dataclasses import dataclass

APP = "punai"
"""The application's name in `.chalice/config.json`, with which all other names begin."""
WEB = "app"
"""The function that answers requests; as the others, by its name in app.py."""
EVERY_MINUTE, OUTBOX, READ_DOCUMENTS = "every_minute", "outbox", "read_documents"
FUNCTIONS = (WEB, EVERY_MINUTE, OUTBOX, READ_DOCUMENTS)
UPLOADS = "documents/"
"""Where in the bucket a business's documents are; what is made of them is elsewhere."""
STAGE_PATTERN = r"[a-z0-9]([a-z0-9-]{0,16}[a-z0-9])?"
"""A stage's name is part of a bucket's, which has 63 characters at most, with account and region in it."""


@dataclass(frozen=True, slots=True)
class Place:
    """An account and a region of AWS. `partition` is `aws`, but in China and for governments."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, name: str) -> str:
        """The ARN of something here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{name}"

    def bucket_arn(self, bucket: str) -> str:
        """The ARN of a bucket, which has no account and no region in it."""
        return f"arn:{self.partition}:s3:::{bucket}"


ANYWHERE = Place("${AWS::AccountId}", "${AWS::Region}", "${AWS::Partition}")
"""Wherever the stack is: for what CloudFormation's `Fn::Sub` fills in."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of everything that belongs to a stage."""

    stage: str

    @property
    def prefix(self) -> str:
        """What all names begin with; the table has no more than that, nor has the web function."""
        return f"{APP}-{self.stage}"

    @property
    def table(self) -> str:
        """The table of conversations."""
        return self.prefix

    @property
    def topic(self) -> str:
        """The topic that the admin's e-mail is subscribed to: escalations and alarms."""
        return f"{self.prefix}-escalations"

    @property
    def queue(self) -> str:
        """The dead-letter queue: what functions failed at that nobody waits for."""
        return f"{self.prefix}-failed"

    @property
    def stack(self) -> str:
        """The CloudFormation stack of `punai provision`."""
        return f"{self.prefix}-resources"

    @property
    def sam_stack(self) -> str:
        """The CloudFormation stack of those who deploy `make package`'s template instead."""
        return self.prefix

    def bucket(self, account: str, region: str) -> str:
        """The bucket of documents: its name is the only one that must differ from everybody else's."""
        return f"{self.prefix}-documents-{account}-{region}"

    def function(self, name: str) -> str:
        """A Lambda function, by its name in app.py: as Chalice calls it."""
        return self.prefix if name == WEB else f"{self.prefix}-{name}"

    def log_group(self, name: str) -> str:
        """Where a function's logs go: Lambda decides that."""
        return f"/aws/lambda/{self.function(name)}"

    def settings(self, place: Place) -> dict[str, str]:
        """The variables that tell the functions where everything is, and by what name their metrics go."""
        return {
            "POWERTOOLS_SERVICE_NAME": self.prefix,
            "PUNAI_STORE": f"dynamodb://{self.table}",
            "PUNAI_TOPIC": place.arn("sns", self.topic),
            "PUNAI_DOCUMENTS": f"s3://{self.bucket(place.account, place.region)}",
        }
