"""What is printed of an error."""


class SomeFailed(Exception):  # noqa: N818 - an outcome
    """Some of many files could not be done."""


def message_of(error: BaseException) -> str:
    """One line, without the name of the command."""
    from cfl.errors import CflError

    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, OSError) and error.strerror and not isinstance(error, CflError):
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())
