"""The AV1 specification's pseudo-code, transcribed: slow, literal, and the oracle of other tests."""
