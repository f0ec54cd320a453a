"""From pictures to coded key frames."""
