"""Requests and answers of the services' RPCs, one module a service: the one declaration of each."""
