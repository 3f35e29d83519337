"""Who may do what: subjects and their tokens, access to accounts, roles of staff, the audit of what they do.

A floor of its own between the chassis, which knows nobody, and the services.
"""
