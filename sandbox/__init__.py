"""A stand-in for the outside companies: a payment system, a fiscal operator, an SMS service, a mail server.

One process that speaks their own protocols over the loopback, for local runs, demos and tests. The product
knows nothing of it: it is only configured with other addresses and keys. All state is in memory and dies with
the process.
"""
