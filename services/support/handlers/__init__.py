"""Support's commands and events: one function each, inside the caller's transaction."""
