"""What builds the project's releases; not part of them."""
