"""Changes of the read model as plain data: SQL of this package and its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Value = str | int | float | bytes | None


class Statement(NamedTuple):
    """One change: SQL, and the values of its parameters."""

    sql: str
    values: Sequence[Value]


def upsert(table: str, keys: Sequence[str], columns: Sequence[str] = (), *, adding: Sequence[str] = ()) -> str:
    """SQL that writes `columns` of the row with these `keys`, and makes the row where there is none.

    The parameters are the values of the keys, of the columns, and of `adding`: columns to whose value it is added.
    """
    names = [*keys, *columns, *adding]
    quoted = ", ".join(f'"{name}"' for name in names)
    changes = [f'"{name}" = excluded."{name}"' for name in columns]
    changes += [f'"{name}" = {table}."{name}" + excluded."{name}"' for name in adding]
    what = f"UPDATE SET {', '.join(changes)}" if changes else "NOTHING"
    conflict = ", ".join(f'"{name}"' for name in keys)
    # Names of tables and columns are constants of this package.
    return f"INSERT INTO {table} ({quoted}) VALUES ({marks(len(names))}) ON CONFLICT ({conflict}) DO {what}"  # noqa: S608


def marks(number: int) -> str:
    """So many parameters, for a list of values."""
    return ", ".join("?" * number)
