"""The HTTP interface for web and mobile: it authenticates, composes and translates, and holds no data of its own."""
