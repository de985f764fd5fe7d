"""What is loaded: `punai plugins`."""

from typing import TYPE_CHECKING

import click

from punai.cli.output import print_json, print_table
from punai.cli.session import read_settings

if TYPE_CHECKING:
    from punai.plugin_manager import LoadedPlugin


@click.command(epilog="Example: PUNAI_PLUGINS=my-plugins punai plugins")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list.")
def plugins(as_json: bool) -> None:
    """List the plugins in the order they were loaded, where each comes from and the hooks it implements.

    Of two that answer the same question, the later in the list is asked first.
    """
    from punai import bootstrap

    desk = bootstrap.open_desk(read_settings())
    # A built-in module without hooks is a part of its neighbour, not a plugin.
    loaded = [plugin for plugin in desk.plugins.loaded() if plugin.hooks or not plugin.built_in]
    if as_json:
        print_json([described(plugin) for plugin in loaded], indent=2)
        return
    rows = [
        (plugin.name, plugin.version or "-", plugin.origin, ", ".join(plugin.hooks) or "none")
        for plugin in loaded
    ]
    print_table([("PLUGIN", "VERSION", "FROM", "HOOKS"), *rows])


def described(plugin: "LoadedPlugin") -> dict[str, object]:
    """A plugin as `--json` prints it; `pack` is the only business it serves, `punai` what it was made for."""
    return {
        "name": plugin.name,
        "version": plugin.version,
        "from": plugin.origin,
        "hooks": list(plugin.hooks),
        "pack": plugin.pack,
        "punai": plugin.punai,
    }
