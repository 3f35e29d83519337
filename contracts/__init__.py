"""What services say to each other: events, errors, money, identifiers, meter messages.

Imports nothing of the project. Everything in here is public to other teams and versioned.
"""
