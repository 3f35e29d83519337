"""The outside world of notifications: mail server, SMS service, template files."""
