"""RPC between services: nameko's protocol, on a shared connection, with deadlines that travel."""
