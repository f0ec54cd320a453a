"""An AV1 key-frame codec, a file to a stage of the standard; see ``cfl.av1.tables`` for its numbers."""
