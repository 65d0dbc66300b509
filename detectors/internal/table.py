"""Every detector of internal data, by module: adding one is a module, a line here and its examples."""

from __future__ import annotations

from detectors.declaration import Declaration
from detectors.internal import (
    cloud,
    connection_strings,
    database_errors,
    debug_dumps,
    hostnames,
    markings,
    networks,
    paths,
    prompts,
    stack_traces,
    tickets,
)

#: The examples of `name` are in tests/detectors/examples/`name`.py.
MODULES: dict[str, tuple[Declaration, ...]] = {
    "cloud": cloud.DECLARATIONS,
    "connection_strings": connection_strings.DECLARATIONS,
    "database_errors": database_errors.DECLARATIONS,
    "debug_dumps": debug_dumps.DECLARATIONS,
    "hostnames": hostnames.DECLARATIONS,
    "markings": markings.DECLARATIONS,
    "networks": networks.DECLARATIONS,
    "paths": paths.DECLARATIONS,
    "prompts": prompts.DECLARATIONS,
    "stack_traces": stack_traces.DECLARATIONS,
    "tickets": tickets.DECLARATIONS,
}

DECLARATIONS: tuple[Declaration, ...] = tuple(declared for module in MODULES.values() for declared in module)
