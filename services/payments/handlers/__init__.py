"""Payments' commands. Calls to payment systems and the fiscal operator stand between transactions, never inside."""
