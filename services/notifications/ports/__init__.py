"""What notifications asks of those who carry its letters. The adapters speak their languages."""
