"""What AWS and OpenAI charge, in US dollars, us-east-1, without the free tier.

AWS's price pages fill their figures in by script, and could be read as text only. So beside the page that has
a price stands where the figure itself was read: in AWS's documentation, or where somebody else quotes it, and
when they did. Where a price falls with the quantity, it is the first and highest.
"""

from dataclasses import dataclass

READ = "2026-11-20"
"""The date on which all sources were read."""
AWS = "https://aws.amazon.com"
DOCS = "https://docs.aws.amazon.com"


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for so many units; the page that has it, where the figure was read, and what of it is free."""

    dollars: float
    per: float
    unit: str
    page: str
    read_in: str
    free: str = ""

    @property
    def unit_as_text(self) -> str:
        """What the dollars are for."""
        return self.unit if self.per == 1 else f"{self.per:,.0f} {self.unit}"

    def of(self, quantity: float) -> float:
        """What so much costs, in dollars."""
        return quantity / self.per * self.dollars


MILLION = 1_000_000
_ON_DEMAND = f"{AWS}/dynamodb/pricing/on-demand/"
_CLOUDWATCH = f"{AWS}/cloudwatch/pricing/"
_PAYING = f"{DOCS}/whitepapers/latest/how-aws-pricing-works/lambda.html"
_GATEWAY = (
    f"{DOCS}/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html"
)
_QUOTED_CLOUDWATCH = (
    "quoted: factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards, June 2026"
)
_QUOTED_ALARMS = "quoted: github.com/api-evangelist/cloudwatch, plans, May 2026"
_QUOTED_DYNAMODB = "quoted: airbyte.com/data-engineering-resources/dynamodb-pricing, July 2025"
_QUOTED_STORAGE = "quoted: gist.github.com/allenheltondev/d028926b7fe3b0656c96af9140ab55e3, March 2020"
_QUOTED_SNS = "quoted: factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols, June 2026"
_QUOTED_S3 = (
    "quoted: devnotes.tech/understanding-aws-s3-pricing-a-complete-cost-breakdown-with-examples, undated"
)
_OPENAI = "https://developers.openai.com/api/docs/pricing"
_QUOTED_OPENAI = (
    "quoted: losclouds.com/ai-models/gpt-4-1-mini, April 2026; as in punai/bootstrap.py, November 2026"
)

PRICES = {
    "DynamoDB writes": Price(
        0.625,
        MILLION,
        "request units",
        _ON_DEMAND,
        _QUOTED_DYNAMODB,
    ),
    "DynamoDB reads": Price(
        0.125,
        MILLION,
        "request units",
        _ON_DEMAND,
        _QUOTED_DYNAMODB,
    ),
    "DynamoDB storage": Price(
        0.25,
        1,
        "GB-months",
        _ON_DEMAND,
        _QUOTED_STORAGE,
        "25 GB",
    ),
    "DynamoDB point-in-time recovery": Price(
        0.20,
        1,
        "GB-months",
        _ON_DEMAND,
        _QUOTED_STORAGE,
    ),
    "DynamoDB stream reads by Lambda": Price(
        0,
        100_000,
        "request units",
        f"{DOCS}/amazondynamodb/latest/developerguide/CostOptimization_StreamsUsage.html",
        "that page",
    ),
    "Lambda compute": Price(
        0.0000166667, 1, "GB-seconds (x86)", f"{AWS}/lambda/pricing/", _PAYING, "400,000 GB-seconds a month"
    ),
    "Lambda requests": Price(
        0.20, MILLION, "requests", f"{AWS}/lambda/pricing/", _PAYING, "1 million a month"
    ),
    "API Gateway (REST)": Price(
        3.50, MILLION, "requests", f"{AWS}/api-gateway/pricing/", _GATEWAY, "1 million a month for a year"
    ),
    "SNS e-mails": Price(
        2.00,
        100_000,
        "e-mails",
        f"{AWS}/sns/pricing/",
        _QUOTED_SNS,
        "1,000 a month",
    ),
    "SNS requests": Price(
        0.50,
        MILLION,
        "requests",
        f"{AWS}/sns/pricing/",
        _QUOTED_SNS,
        "1 million a month",
    ),
    "CloudWatch metrics": Price(
        0.30,
        1,
        "metrics a month, by the hours in which each is sent",
        _CLOUDWATCH,
        "quoted: signoz.io/guides/cloudwatch-pricing, February 2026",
        "10",
    ),
    "CloudWatch alarms": Price(
        0.10, 1, "metrics that an alarm reads, a month", _CLOUDWATCH, _QUOTED_ALARMS, "10"
    ),
    "CloudWatch dashboards": Price(
        3.00,
        1,
        "dashboards a month",
        _CLOUDWATCH,
        _QUOTED_CLOUDWATCH,
        "3 of up to 50 metrics",
    ),
    "CloudWatch logs taken in": Price(
        0.50, 1, "GB", _CLOUDWATCH, _QUOTED_CLOUDWATCH, "5 GB, with what is kept"
    ),
    "CloudWatch logs kept": Price(
        0.03, 1, "GB-months", _CLOUDWATCH, _QUOTED_ALARMS, "5 GB, with what comes in"
    ),
    "EventBridge schedule": Price(
        1.00,
        MILLION,
        "calls",
        f"{AWS}/eventbridge/pricing/",
        "quoted: cloudburn.io/blog/amazon-eventbridge-pricing, March 2026, for the Scheduler; a rule with a"
        " schedule, which is what Chalice makes, is on no list that was found, and perhaps free",
        "14 million a month (Scheduler)",
    ),
    "S3 storage": Price(0.023, 1, "GB-months", f"{AWS}/s3/pricing/", _QUOTED_S3, "5 GB for a year"),
    "S3 reads": Price(
        0.0004, 1_000, "GET requests", f"{AWS}/s3/pricing/", _QUOTED_S3, "20,000 a month for a year"
    ),
    "S3 writes": Price(
        0.005, 1_000, "PUT requests", f"{AWS}/s3/pricing/", _QUOTED_S3, "2,000 a month for a year"
    ),
    "SQS requests": Price(
        0.40,
        MILLION,
        "requests",
        f"{AWS}/sqs/pricing/",
        "quoted: cloudburn.io/blog/amazon-sqs-pricing, March 2026",
        "1 million a month",
    ),
    "SSM parameters": Price(
        0,
        1,
        "standard parameters, such as the model's key",
        f"{AWS}/systems-manager/pricing/",
        "quoted: techoral.com/aws/aws-parameter-store-vs-secrets.html, undated; each is 0.40 dollars in"
        " Secrets Manager, every month",
    ),
    "Data to the internet": Price(
        0.09,
        1,
        "GB",
        f"{AWS}/ec2/pricing/on-demand/",
        "quoted: wring.co/blog/aws-data-transfer-pricing-guide, 2026",
        "100 GB a month",
    ),
    "Model: tokens in": Price(0.40, MILLION, "tokens (gpt-4.1-mini)", _OPENAI, _QUOTED_OPENAI),
    "Model: tokens out": Price(1.60, MILLION, "tokens (gpt-4.1-mini)", _OPENAI, _QUOTED_OPENAI),
}
"""By the name of what is paid for, which stands in the sheet."""
