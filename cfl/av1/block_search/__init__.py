"""The search for the blocks of a frame: partition, modes, transforms, levels."""
