"""What is done to a frame after its tiles are decoded: in-loop filters, superres and film grain."""
