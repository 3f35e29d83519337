"""Names that several parts of the local deployment share."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Services with a module `services.<name>.service`.
DOMAIN_SERVICES = ("identity", "metering", "billing", "payments", "loyalty", "notifications", "support")

#: Everything that has a broker user and a database of its own.
SERVICES = (*DOMAIN_SERVICES, "gateway")

CABINET_VHOST = "cabinet"
#: Head-end systems are outsiders and live in a virtual host of their own.
AMI_VHOST = "ami"

READINGS_EXCHANGE = "ami.readings"
RECEIPTS_EXCHANGE = "ami.receipts"

#: The head end of the demo and the routing key it alone may write to.
DEMO_HEAD_END = "hes-chel-1"
DEMO_PROVIDER = "uralenergosbyt"
DEMO_ROUTING_KEY = f"{DEMO_PROVIDER}.{DEMO_HEAD_END}"
