"""Drills: the system under load, with kills, and what must hold afterwards."""
