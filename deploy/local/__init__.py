"""The whole system on one machine without Docker: private nodes on loopback, everything under one folder."""
