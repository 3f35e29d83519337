"""Identity's methods on the bus, by area; ``service.py`` puts them together."""
