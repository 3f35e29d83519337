"""JSON Schemas of the structs that messages are made of, as the documents (OpenAPI, AsyncAPI) show them.

Named words and decimals become schemas of their own, every property says what it means, and the text is the same under
every version of Python.
"""

from __future__ import annotations

import functools
import inspect
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.rpc.words import KNOWN

Schema = dict[str, Any]
PROPERTIES: Final = Path(__file__).with_name("properties.toml")
#: An example of what a format holds.
EXAMPLES: Final = {
    "uuid": "0198c0f6-2f0e-7c51-a3be-51a7f9b2a9d4",
    "date-time": "2026-11-05T09:30:00+05:00",
    "date": "2026-11-05",
    "uri": "https://cabinet.example/paid",
}
#: Of days and moments: FIRST_YEAR to LAST_YEAR of ``contracts.rpc.base``.
YEARS: Final = "^(19|20|21)[0-9]{2}-"
EXAMPLES_OF_NAMED: Final = {
    "Amount": "726.75",
    "Price": "4.75",
    "Volume": "153.000",
    "Share": "0.25",
    "Rate": "22",
}


class Schemas:
    """Schemas of several types that refer to each other under ``ref``: a template with ``{name}``."""

    def __init__(self, types: Sequence[Any], ref: str) -> None:
        self._ref = ref
        found, structs = msgspec.json.schema_components(types, ref_template=ref)
        #: Every struct and every named word.
        self.components: dict[str, Schema] = {}
        for name, schema in structs.items():
            self.components[name] = self._component(name, schema)
        #: The schemas of ``types``, in their order.
        self.roots: list[Schema] = [self._tidy(schema) for schema in found]

    def _component(self, name: str, schema: Schema) -> Schema:
        made = {key: value for key, value in schema.items() if key != "title"}
        if "description" in made:
            made["description"] = _plain(inspect.cleandoc(made["description"]))
        if "properties" in made:
            made["properties"] = {
                field: _described(name, field, self._tidy(kind)) for field, kind in made["properties"].items()
            }
        return made

    def _tidy(self, schema: Schema) -> Schema:
        """With named parts taken out."""
        made: Schema = {}
        for key, value in schema.items():
            if isinstance(value, dict) and key not in ("mapping", "default"):
                value = self._tidy(value)
            elif isinstance(value, list):
                value = [self._tidy(item) if isinstance(item, dict) else item for item in value]
            made[key] = value
        if "enum" in made and "type" not in made:
            made["type"] = "integer" if all(isinstance(item, int) for item in made["enum"]) else "string"
        if KNOWN in made:
            made = _open(made)
        if made.get("format") in ("date", "date-time"):
            made["pattern"] = YEARS
        if made.get("format") == "decimal" and "pattern" not in made:
            made["pattern"] = r"^-?\d+(\.\d+)?$"
        title = made.pop("title", None)
        if title is None:
            return made
        # What is said of one place only stands beside the reference.
        beside: Schema = {key: made.pop(key) for key in ("default", "minLength", "maxLength") if key in made}
        if title in EXAMPLES_OF_NAMED:
            made["examples"] = [EXAMPLES_OF_NAMED[title]]
        if "description" in made:
            made["description"] = _plain(made["description"])
        known = self.components.setdefault(title, made)
        if known != made:
            raise ValueError(f"two schemas are called {title}")
        return {"$ref": self._ref.format(name=title), **beside}


def _open(schema: Schema) -> Schema:
    """An open enumeration: the values that are known, or any other text."""
    rest = {key: value for key, value in schema.items() if key not in (KNOWN, "type")}
    return {**rest, "anyOf": [{"type": "string", "enum": schema[KNOWN]}, {"type": "string"}]}


def _described(struct: str, name: str, schema: Schema) -> Schema:
    """With what the property means, and an example where its kind or its name has one."""
    made = dict(schema)
    words = meaning(struct, name)
    if words and "description" not in made:
        made["description"] = words
    example = EXAMPLES.get(made.get("format", "")) or _vocabulary()["example"].get(name)
    if example and made.get("type") == "string" and "enum" not in made:
        made["examples"] = [example]
    return made


def meaning(struct: str, name: str) -> str:
    """What a property means; empty where nobody has said."""
    own = _vocabulary().get(struct)
    if isinstance(own, Mapping) and name in own:
        return str(own[name])
    words = _vocabulary().get(name)
    return words if isinstance(words, str) else ""


@functools.cache
def _vocabulary() -> dict[str, Any]:
    return tomllib.loads(PROPERTIES.read_text(encoding="utf-8"))


def _plain(text: str) -> str:
    """Double backticks of docstrings are single ones in Markdown."""
    return text.replace("``", "`")
