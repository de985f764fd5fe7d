"""What is loaded: `punai plugins`."""

import click

from punai.cli.output import print_table
from punai.cli.session import read_settings


@click.command(epilog="Example: PUNAI_PLUGINS=my-plugins punai plugins")
def plugins() -> None:
    """List the plugins in the order they were loaded, where each comes from and the hooks it implements.

    Of two that answer the same question, the later in the list is asked first.
    """
    from punai import bootstrap

    desk = bootstrap.open_desk(read_settings())
    # A built-in module without hooks is a part of its neighbour, not a plugin.
    rows = [
        (plugin.name, plugin.origin, ", ".join(plugin.hooks) or "none")
        for plugin in desk.plugins.loaded()
        if plugin.hooks or not plugin.built_in
    ]
    print_table([("PLUGIN", "FROM", "HOOKS"), *rows])
