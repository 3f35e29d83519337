"""Bodies, queries and answers of the HTTP interface. Decimals travel as strings, times with their offset."""
