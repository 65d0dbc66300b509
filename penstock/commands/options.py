"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Bootstrap = Annotated[
    str | None,
    typer.Option(
        "--bootstrap",
        metavar="HOST:PORT",
        help="Kafka bootstrap servers, separated by commas; else PENSTOCK_BOOTSTRAP or KAFKA_BOOTSTRAP.",
    ),
]
TopicPrefix = Annotated[
    str | None,
    typer.Option("--topic-prefix", metavar="TEXT", help="Prefix of every topic name; else PENSTOCK_TOPIC_PREFIX."),
]
Application = Annotated[
    str | None,
    typer.Option("--application", metavar="NAME", help="The gate's consumer group; else PENSTOCK_APPLICATION."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
PolicyFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of policy documents.", show_default=False)]
PolicyOption = Annotated[
    Path, typer.Option("--policy", metavar="DIR", help="Folder of policy documents.", show_default=False)
]
Level = Annotated[
    int | None,
    typer.Option(
        "--autonomy-level",
        metavar="N",
        min=0,
        max=3,
        help="Level of agents without a record; else PENSTOCK_DEFAULT_AUTONOMY_LEVEL.",
    ),
]
