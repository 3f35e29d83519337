"""What tests share: private nodes, services in this process or as processes, waiting, tokens, the bus."""
