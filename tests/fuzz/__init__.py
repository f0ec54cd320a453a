"""Fuzzing of everything that reads AV1 files; see README.md."""
