"""Data sets that travel with the course, each with its licence beside it."""
