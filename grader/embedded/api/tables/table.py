"""Making Table documents: columns, and a row of cells for each object."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from functools import lru_cache, partial
from importlib.resources import files

import orjson

from grader.embedded.api.tables import (
    access,
    autoscaling,
    configuration,
    custom,
    events,
    extensions,
    jobs,
    nodes,
    pods,
    services,
    storage,
    workloads,
)
from grader.embedded.api.tables.cells import CellsOf, name_and_age, name_and_creation
from grader.embedded.objects import Obj
from grader.embedded.status import bad_request

_FAMILIES = (
    access, autoscaling, configuration, events, extensions, jobs, nodes, pods, services, storage, workloads
)  # fmt: skip
_PRINTERS: dict[str, CellsOf] = {key: cells for family in _FAMILIES for key, cells in family.PRINTERS.items()}
_PARTIAL = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
_INCLUDE = ("None", "Metadata", "Object", "")


@lru_cache(maxsize=1)
def _columns() -> dict[str, list[Obj]]:
    """The column definitions of built-in kinds."""
    data = orjson.loads(gzip.decompress(files("grader.embedded.api").joinpath("data/columns.json.gz").read_bytes()))
    texts = data["texts"]
    return {
        key: [
            {"name": name, "type": kind, "format": form, "description": texts[text], "priority": priority}
            for name, kind, form, text, priority in columns
        ]
        for key, columns in data["tables"].items()
    }


def render(
    key: str,
    objects: Sequence[Obj],
    *,
    now: float,
    include: str = "Metadata",
    version: str = "",
    columns: Sequence[Obj] | None = None,
    headers: bool = True,
) -> Obj:
    """The Table of objects of one resource, named as `deployments.apps`.

    `now` is the time ages are counted to, in seconds since the epoch; `include` what comes with each row
    (`None`, `Metadata`, `Object`); `version` the list's resource version; `columns` a custom resource's
    `additionalPrinterColumns`, None for a built-in kind. Without `headers` the column definitions are left out,
    as in all but the first event of a watch. Raises ApiError 400 for an `include` that is none.
    """
    if include not in _INCLUDE:
        raise bad_request(
            f"Unable to convert to Table as requested: includeObject: Invalid value: {orjson.dumps(include).decode()}: "
            "must be 'Metadata', 'Object', 'None', or empty"
        )
    definitions, cells_of = _printer(key, columns)
    conditions_of = pods.pod_row_conditions if key == "pods" else None
    rows: list[Obj] = []
    for obj in objects:
        row: Obj = {"cells": cells_of(obj, now)}
        if conditions_of is not None and (conditions := conditions_of(obj)):
            row["conditions"] = conditions
        if include != "None":
            row["object"] = obj if include == "Object" else {**_PARTIAL, "metadata": obj["metadata"]}
        else:
            row["object"] = None
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version} if version else {},
        "columnDefinitions": definitions if headers else [],
        "rows": rows,
    }


def _printer(key: str, columns: Sequence[Obj] | None) -> tuple[list[Obj], CellsOf]:
    """The column definitions and the cells of a resource."""
    builtin = _columns()
    if columns is None:
        return builtin.get(key, builtin["serviceaccounts"]), _PRINTERS.get(key, _fallback(key))
    name, age = builtin["serviceaccounts"]
    shown = custom.columns_of(columns)
    definitions = [name, *(custom.definition_of(column, age["description"]) for column in shown)]
    return definitions, partial(custom.cells, shown)


def _fallback(key: str) -> CellsOf:
    """Kinds without a printer have the columns Name and Created At; kinds without columns, Name and Age."""
    return name_and_creation if key in _columns() else name_and_age
