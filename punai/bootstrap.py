"""From settings to a desk: the only place where everything meets."""

import logging
from functools import cache

from punai.business import FILE, find_packs, read_pack
from punai.desk import Desk
from punai.logs import event
from punai.plugin_manager import PluginManager
from punai.ports import ConfigurationError, StoreUnavailable
from punai.secrets import in_aws, resolve_environment
from punai.settings import Settings, read_settings
from punai.tenant import Tenant


def open_desk(settings: Settings | None = None) -> Desk:
    """A desk with its store opened (not yet connected), plugins loaded, and models and documents read.

    Raises:
        ConfigurationError: a setting, a business pack or a plugin is wrong.
    """
    settings = settings or read_settings()
    try:
        resolve_environment()
    except LookupError as error:
        raise ConfigurationError(str(error.args[0])) from error
    tenants = read_tenants(settings)
    default = default_tenant(settings, tenants)
    plugins = PluginManager(settings.plugins, packs=tenants)
    businesses = {name: plugins.business(tenant) for name, tenant in tenants.items()}
    return Desk(plugins.open_store(settings.store), plugins, businesses, default)


@cache
def shared_desk() -> Desk:
    """The desk of this process, opened and warmed up once, its connection to the store with it.

    A store that is away costs no start: it may be back for the first customer; the log says why it is away.
    """
    desk = open_desk()
    desk.warm_up()
    try:
        desk.store.check()
    except StoreUnavailable as error:
        event("the store does not answer", level=logging.ERROR, error=str(error))
    return desk


def read_tenants(settings: Settings) -> dict[str, Tenant]:
    """Every business pack in `PUNAI_PLUGINS`, by name.

    Raises:
        ConfigurationError: there is none, or one is wrong.
    """
    defaults = {
        "model": {
            "name": settings.model,
            "timeout": str(settings.model_timeout),
            "price": settings.model_price,
        },
        "punai": {"link": settings.link, "cache": str(settings.cache.expanduser())},
    }
    if settings.topic:
        defaults["sns_email"] = {"topic_arn": settings.topic}
    if settings.documents:
        defaults["documents"] = {"bucket": settings.documents.removeprefix("s3://")}
    packs = find_packs(settings.plugins)
    if not packs:
        raise ConfigurationError(
            f"PUNAI_PLUGINS is {str(settings.plugins)!r}, where no folder holds a {FILE}; "
            "make one with: punai pack new NAME"
        )
    tenants = {pack.name: _priced(read_pack(pack, defaults)) for pack in packs}
    for tenant in tenants.values():
        _check_identity(tenant)
        _check_feedback(tenant)
    return tenants


def _check_identity(tenant: Tenant) -> None:
    # Now, since without a secret everybody is believed: a misspelt key would leave the door open.
    place = f"{tenant.folder}/{FILE}: [settings.identity]"
    given = tenant.settings.get("identity", {})
    unknown = sorted(set(given) - {"secret"})
    if unknown:
        raise ConfigurationError(f"{place}: unknown key {unknown[0]!r}; the only one is secret")
    if in_aws(str(given.get("secret"))):
        return  # followed when it is needed: a parameter store that is away must not cost the start
    try:
        tenant.identity_secret()
    except LookupError as error:
        raise ConfigurationError(f"{place}: {error.args[0]}") from error


def _check_feedback(tenant: Tenant) -> None:
    # Now, since the plugin that reads it would fail with every vote, and nobody be brought in.
    enough = tenant.settings.get("feedback", {}).get("escalate_after", 0)
    if type(enough) is not int or enough < 0:
        raise ConfigurationError(
            f"{tenant.folder}/{FILE}: [settings.feedback] escalate_after: write a whole number of answers"
            " voted down, such as 2; 0 is never"
        )


def default_tenant(settings: Settings, tenants: dict[str, Tenant]) -> str:
    """The business of those who name none: `PUNAI_BUSINESS`, or the only one there is.

    Raises:
        ConfigurationError: it is not there, or there are several and none is chosen.
    """
    names = ", ".join(sorted(tenants))
    if settings.business:
        if settings.business not in tenants:
            raise ConfigurationError(f"PUNAI_BUSINESS is {settings.business!r}; it may hold one of: {names}")
        return settings.business
    if len(tenants) > 1:
        raise ConfigurationError(
            f"PUNAI_BUSINESS is not set, and there are several packs; set it to one of: {names}"
        )
    return next(iter(tenants))


def _priced(tenant: Tenant) -> Tenant:
    """With the known price of the tenant's own model, where nobody set one."""
    model = tenant.settings["model"]
    price = model["price"] or _known_price(str(model["name"]))
    settings = {**tenant.settings, "model": {**model, "price": price}}
    return tenant.model_copy(update={"settings": settings})


def _known_price(model: str) -> str:
    # OpenAI's price list as of November 2026, dollars for a million tokens in and out.
    return {"openai:gpt-4.1-mini": "0.40/1.60", "openai:gpt-5-mini": "0.25/2.00"}.get(model, "")
