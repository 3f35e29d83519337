"""Metering's methods on the bus that stand apart from ``service.py``, by area."""
