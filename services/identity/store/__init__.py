"""Identity's statements: the only place with SQL of this service."""
