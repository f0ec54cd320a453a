"""The symbol coder, its CDFs, costs of symbols, and the tape of decisions (AV1 specification 8.2, 8.3)."""
