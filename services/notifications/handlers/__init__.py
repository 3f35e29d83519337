"""Notifications' commands and events: one function each, inside the caller's transaction; and the sending."""
