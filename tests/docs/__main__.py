"""Make the generated tables and schemas anew: `python -m tests.docs`. Hand-written columns stay."""

from __future__ import annotations

from penstock.schemas import write_schemas
from tests.docs.pages import DOCS, blocks, pages, text_of, with_block
from tests.docs.tables import TABLES
from tests.policies.schema_file import POLICY_SCHEMA, policy_schema_text


def main() -> None:
    """Write every page that has generated tables, and the schemas."""
    for page in pages():
        text = before = text_of(page)
        for name, body in blocks(before).items():
            text = with_block(text, name, TABLES[name]().render(body))
        if text != before:
            page.write_text(text, encoding="utf-8")
    write_schemas(DOCS / "schemas")
    POLICY_SCHEMA.write_text(policy_schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
