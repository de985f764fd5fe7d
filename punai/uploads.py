"""Read a business's documents again when S3 says that some were uploaded, or removed."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

from punai.desk import Desk
from punai.logs import log
from punai.ports import PunaiError


def read_changed(desk: Desk, event: Mapping[str, Any]) -> None:
    """Bring up to date the documents of each business that an event of S3 tells of, once.

    Which of them changed is not taken from the event, since events may come late, twice or in another order:
    the bucket says what is there.

    Raises:
        PunaiError: those of a business could not be read; the others' were. Lambda tries such an event again.
    """
    failures = []
    for tenant in _tenants(desk, event.get("Records", ())):  # S3's test of a new connection has none
        try:
            desk.pipelines[tenant].refresh()
        except PunaiError as error:
            failures.append(str(error))
    if failures:
        raise PunaiError("; ".join(failures))


def _tenants(desk: Desk, records: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    """The businesses whose folder an object lies in, each once; `documents/NAME/...`."""
    found = []
    for record in records:
        key = unquote_plus(record["s3"]["object"]["key"])
        folder, _, rest = key.partition("/")
        tenant, inside, _ = rest.partition("/")
        if folder == "documents" and inside and tenant in desk.pipelines:
            found.append(tenant)
        else:
            log.warning("an upload is no business's", extra={"fields": {"document": key}})
    return list(dict.fromkeys(found))
