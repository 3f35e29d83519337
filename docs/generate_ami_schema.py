"""JSON Schema of the messages between head ends and metering (MT-15), from the structs that read them."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from contracts import ami

REF: Final = "#/$defs/{name}"


def generate_ami_schema() -> str:
    """A document whose ``$defs`` are the messages: Batch comes in, BatchReceipt goes out."""
    _, found = msgspec.json.schema_components([ami.Batch, ami.Reading, ami.BatchReceipt], ref_template=REF)
    definitions: dict[str, Any] = found
    # An entry is read by itself, so that a bad one is refused alone.
    definitions["Batch"]["properties"]["readings"]["items"] = {"$ref": REF.format(name="Reading")}
    batch, reading = definitions["Batch"]["properties"], definitions["Reading"]["properties"]
    batch["batch"]["format"] = "uuid"
    reading["step"]["anyOf"][0] |= {"enum": sorted(ami.STEPS)}
    for moment in (batch["sent_at"], reading["at"]["anyOf"][0], reading["from"]["anyOf"][0]):
        moment["format"] = "date-time"
    # Numbers come as texts, or as numbers that are read as they are written.
    reading["value"] = {"type": ["string", "number", "null"], "default": None}
    reading["values"]["anyOf"][0]["items"] = {"type": ["string", "number", "null"]}
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Messages of head-end systems",
        "description": "A batch on the exchange ami.readings; its receipt from ami.receipts.",
        "$ref": REF.format(name="Batch"),
        "$defs": definitions,
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
