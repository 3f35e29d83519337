"""What payments asks of other companies, in its own words. The adapters speak those companies' languages."""
