"""Requests and answers of identity's RPCs, by area."""
