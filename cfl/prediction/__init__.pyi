from .blocks import dc_pred, fit_alpha, luma_ac, predict_block, quantise_alpha
from .frame_prediction import Prediction, predict
from .syntax import (
    CflAlphas,
    alpha_bits,
    alpha_bits_table,
    alpha_contexts,
    alphas_to_syntax,
    syntax_to_alphas,
)

__all__ = [
    "CflAlphas",
    "Prediction",
    "alpha_bits",
    "alpha_bits_table",
    "alpha_contexts",
    "alphas_to_syntax",
    "dc_pred",
    "fit_alpha",
    "luma_ac",
    "predict",
    "predict_block",
    "quantise_alpha",
    "syntax_to_alphas",
]
