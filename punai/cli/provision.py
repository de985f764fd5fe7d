"""The AWS resources beside the functions: `punai provision` and `punai teardown`."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from punai.cli.output import print_json, print_table
from punai.ports import PunaiError

if TYPE_CHECKING:
    from punai.provision.aws import Account
    from punai.provision.names import Names
    from punai.provision.project import Project
    from punai.provision.stack import Plan, Stack


def stage_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--stage NAME`."""
    return click.option(
        "--stage", metavar="NAME", default="dev", show_default=True, help="A stage of .chalice/config.json."
    )(command)


yes_option = click.option("--yes", is_flag=True, help="Go ahead without asking.")


@click.command(epilog="Example: punai provision --stage dev --email support@example.com")
@stage_option
@click.option("--email", metavar="ADDRESS", help="Who gets escalations and alarms by e-mail; '' for nobody.")
@click.option("--log-days", type=int, metavar="DAYS", help="How long logs are kept; 30 at first.")
@click.option(
    "--cost-per-day",
    type=click.FloatRange(min=0),
    metavar="DOLLARS",
    help="What models may cost in a day before an alarm; 5 at first.",
)
@yes_option
@click.option("--dry-run", is_flag=True, help="Print the whole template, and do nothing on AWS.")
def provision(
    stage: str, email: str | None, log_days: int | None, cost_per_day: float | None, yes: bool, dry_run: bool
) -> None:
    """Create or update what the functions need on AWS: table, topic, bucket, queue, logs, alarms, dashboard.

    Run it before `chalice deploy`, which it writes the settings for, and once more after it, to connect the
    functions. It shows what will change, and asks where something would be replaced or removed. Interrupted,
    or run again, it goes on where it was; options that are not given stay as they were.
    """
    from punai.provision.aws import Account, clear_errors
    from punai.provision.names import FUNCTIONS
    from punai.provision.stack import Stack
    from punai.provision.template import template

    project, names = _opened(stage)
    parameters = _parameters(email, log_days, cost_per_day)
    if dry_run:
        functions = {name: names.function(name) for name in FUNCTIONS}
        print_json(template(names, project.api_stage(stage), functions=functions), indent=2)
        return
    with clear_errors():
        account = Account()
        _say_where(account, names)
        stack = Stack(account, names.stack, click.echo)
        stack.settle()
        connected = _provide(account, project, names, stack, parameters, yes=yes)
        changed = _write_settings(account, project, names)
    if email:
        click.echo(f"AWS asks {email} by e-mail to confirm: until then, nothing is sent there")
    if connected and not changed:
        click.echo("Everything is connected. chalice url says where; punai doctor checks the rest")
    else:
        again = f"punai provision --stage {stage}"
        click.echo(f"Next: chalice deploy --stage {stage}, then {again} to connect its functions")


@click.command(epilog="Example: punai teardown --stage dev")
@stage_option
@yes_option
@click.option("--delete-data", is_flag=True, help="Delete conversations and documents too, for good.")
def teardown(stage: str, yes: bool, delete_data: bool) -> None:
    """Remove what `punai provision` made, but for the data: the table and the bucket stay.

    With --delete-data they go too, with every conversation and document. The functions are Chalice's:
    `chalice delete` removes them.
    """
    from punai.provision import data
    from punai.provision.aws import Account, clear_errors
    from punai.provision.inventory import deployed, existing
    from punai.provision.stack import Stack
    from punai.provision.template import BUCKET, TABLE

    _, names = _opened(stage)
    with clear_errors():
        account = Account()
        _say_where(account, names)
        stack = Stack(account, names.stack, click.echo)
        bucket = names.bucket(account.place.account, account.place.region)
        holding = {TABLE: f"the table {names.table}", BUCKET: f"the bucket {bucket}"}
        there = existing(account, names)
        holding = {name: text for name, text in holding.items() if name in there}
        _announce(stack, list(holding.values()), delete_data=delete_data)
        if deployed(account, names):
            click.echo(f"Its functions are deployed: chalice delete --stage {stage} removes them")
        _confirm("Remove it?", yes=yes)
        stack.delete()
        if delete_data and TABLE in holding:
            click.echo(f"Deleting {holding[TABLE]}")
            data.delete_table(account, names)
        if delete_data and BUCKET in holding:
            click.echo(f"Deleting {holding[BUCKET]}")
            data.delete_bucket(account, names, click.echo)
    click.echo("Done")


def _opened(stage: str) -> tuple["Project", "Names"]:
    from punai.provision.names import STAGE_PATTERN, Names
    from punai.provision.project import Project

    project = Project(Path())
    if stage not in project.stages:
        known = ", ".join(project.stages)
        raise click.BadParameter(f"there is no stage {stage!r}, but: {known}.", param_hint="'--stage'")
    if not re.fullmatch(STAGE_PATTERN, stage):
        raise click.BadParameter(
            f"{stage!r} is part of a bucket's name: 1 to 18 small letters, digits and dashes, please.",
            param_hint="'--stage'",
        )
    return project, Names(stage)


def _parameters(email: str | None, log_days: int | None, cost_per_day: float | None) -> dict[str, str]:
    """Those of the template's parameters that are given; wrong ones are told before anything is done."""
    from punai.provision.template import PARAMETERS

    if email is not None and not re.fullmatch(PARAMETERS["AdminEmail"]["AllowedPattern"], email):
        raise click.BadParameter(f"{email!r} is no e-mail address.", param_hint="'--email'")
    allowed = PARAMETERS["LogRetentionDays"]["AllowedValues"]
    if log_days is not None and log_days not in allowed:
        days = ", ".join(map(str, allowed))
        raise click.BadParameter(f"CloudWatch keeps logs for {days} days.", param_hint="'--log-days'")
    given = {
        "AdminEmail": email,
        "LogRetentionDays": log_days,
        "CostPerDay": None if cost_per_day is None else f"{cost_per_day:g}",
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _say_where(account: "Account", names: "Names") -> None:
    """Say what is worked on.

    Raises:
        PunaiError: it is not for this command to work on.
    """
    from punai.provision.stack import Stack

    place = account.place
    click.echo(f"Stage {names.stage}, account {place.account}, region {place.region}")
    if Stack(account, names.sam_stack, click.echo).described():
        raise PunaiError(
            f"the stack {names.sam_stack}, deployed from make package, holds this stage's resources"
            " already: update or delete that one, with aws cloudformation"
        )


def _provide(
    account: "Account",
    project: "Project",
    names: "Names",
    stack: "Stack",
    parameters: dict[str, str],
    *,
    yes: bool,
) -> bool:
    """Bring the resources about, and connect the functions that are deployed; whether all of them are."""
    from punai.provision import adoption, gateway, inventory
    from punai.provision.names import FUNCTIONS, READ_DOCUMENTS
    from punai.provision.template import BUCKET, TABLE, template

    present = inventory.existing(account, names, stack.owned())
    if present:
        click.echo(f"There already, and used: {', '.join(sorted(present))}")
    stream = adoption.adopt_table(account, names, click.echo) if TABLE in present else None
    functions = inventory.deployed(account, names)
    api_stage = project.api_stage(names.stage)
    api = gateway.deployed_api(account, project, names.stage)
    keyed = api if project.requires_key(names.stage) else None
    whole = template(names, api_stage, functions=functions, present=present, stream=stream, keyed_api=keyed)
    plan = stack.plan(whole, parameters)
    if plan:
        _agree(stack, plan, yes=yes)
        stack.apply(plan)
    else:
        click.echo("All resources are as they should be")
    if BUCKET in present and READ_DOCUMENTS in functions:
        adoption.adopt_bucket(account, names)
    adoption.adopt_logs(account, names, present, int(stack.parameter("LogRetentionDays")))
    if api:
        gateway.limit(account, api, api_stage)
        click.echo(f"The gateway takes {gateway.RATE} requests a second, {gateway.BURST} at once")
    if keyed:
        command = f"aws apigateway get-api-keys --name-query {names.prefix} --include-values"
        click.echo(f"It asks for a key, which {command} shows")
    return bool(api) and len(functions) == len(FUNCTIONS)


def _agree(stack: "Stack", plan: "Plan", *, yes: bool) -> None:
    """Show what will change, and ask where something goes away; on no, everything stays as it is."""
    if plan.changes:
        print_table([(change.action.lower(), change.name, change.type) for change in plan.changes])
        counts = Counter(change.action.lower() for change in plan.changes)
        click.echo(", ".join(f"{count} to {action}" for action, count in counts.items()))
    else:
        click.echo("Changing parameters and outputs only")
    if any(change.loses for change in plan.changes):
        try:
            _confirm("Go on?", yes=yes)
        except BaseException:
            stack.discard(plan)
            raise


def _announce(stack: "Stack", holding: list[str], *, delete_data: bool) -> None:
    resources = len(stack.owned())
    if resources:
        click.echo(f"Removing the stack {stack.name} ({resources} resources)")
    else:
        click.echo("There is no stack")
    for text in holding:
        click.echo(f"Deleting {text}, with all that is in it, for good" if delete_data else f"Keeping {text}")


def _confirm(question: str, *, yes: bool) -> None:
    """Ask, unless told not to.

    Raises:
        click.exceptions.Exit: the answer is no.
        PunaiError: nobody is there to answer.
    """
    if yes:
        return
    try:
        agreed = click.confirm(question)
    except click.Abort as abort:
        if isinstance(abort.__context__, EOFError):
            raise PunaiError("nobody answers: --yes goes ahead without asking") from None
        raise
    if not agreed:
        click.echo("Nothing was changed")
        raise click.exceptions.Exit(1)


def _write_settings(account: "Account", project: "Project", names: "Names") -> bool:
    """Tell the functions of the next deployment where everything is; whether that is news."""
    variables = project.set_environment(names.stage, names.settings(account.place))
    if variables:
        click.echo(f"Wrote {', '.join(variables)} into {project.config_file}")
    policy = project.set_policy(names.stage, account.place)
    if policy:
        click.echo(f"Wrote account and region into {project.policy_file(names.stage)}")
    return bool(variables) or policy
