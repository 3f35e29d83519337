"""Requests of identity's RPCs, by area."""
