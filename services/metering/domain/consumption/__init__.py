"""What was used: by month, day and hour, by zone, beside last year and beside similar homes (MT-7)."""
