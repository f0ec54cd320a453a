from .curves import METRICS, Ablation, Point, ablate, mean_bd_rates
from .figure import draw

__all__ = ["METRICS", "Ablation", "Point", "ablate", "draw", "mean_bd_rates"]
