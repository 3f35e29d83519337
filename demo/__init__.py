"""The demo: loads a small world, and plays the story of one household against a running system."""
