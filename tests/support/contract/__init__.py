"""What every data store's handlers promise their callers, checked on an engine: rows, engines and the application."""
