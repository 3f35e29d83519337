"""Billing's commands: one function each, inside the caller's transaction."""
