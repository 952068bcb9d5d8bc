"""Load and validate: a file becomes a blueprint."""
