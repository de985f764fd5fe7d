"""`python -m benchmarks.cost`: the cost sheet, on other terms or as Markdown."""

import click

from benchmarks.cost.sheet import run


@click.command(help=run.__doc__)
@click.option("--model-seconds", default=1.5, show_default=True, help="how long a model takes to answer")
@click.option(
    "--memory", "memory_mb", type=int, help="MB of the functions  [default: as in .chalice/config.json]"
)
@click.option("--markdown", is_flag=True, help="print tables to paste into a page")
def main(model_seconds: float, memory_mb: int | None, markdown: bool) -> None:
    """Print the sheet."""
    run(model_seconds, memory_mb, markdown=markdown)


if __name__ == "__main__":
    main()
