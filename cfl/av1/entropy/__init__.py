"""The symbol coder, its CDFs and the costs of symbols, and the tape (AV1 specification 8.2, 8.3)."""
