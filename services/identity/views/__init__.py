"""Identity's questions."""
