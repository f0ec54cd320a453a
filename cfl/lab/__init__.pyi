from .comparison import compare_encoders, run, stream
from .picture_list import pictures
from .reporting import report
from .study import Progress

__all__ = ["Progress", "compare_encoders", "pictures", "report", "run", "stream"]
