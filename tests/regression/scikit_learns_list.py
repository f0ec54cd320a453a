"""Which of scikit-learn's tests of linear models run with our estimators, and which cannot apply."""

from typing import NamedTuple

VERSION = "1.9."
"""Of scikit-learn, whose tests these are; the lists are not compared with those of others."""

RUN = {
    "base": (
        "linear_regression",
        "linear_regression_vs_lstsq",
        "linear_regression_sample_weights",
        "raises_value_error_if_sample_weights_greater_than_1d",
        "fit_intercept",
        "linear_regression_multiple_outcome",
        "linear_regression_sample_weight_consistency",
    ),
    "ridge": (
        "ridge_regression",
        "ridge_regression_hstacked_X",
        "ridge_regression_vstacked_X",
        "ridge_regression_unpenalized",
        "ridge_regression_unpenalized_hstacked_X",
        "ridge_regression_unpenalized_vstacked_X",
        "ridge_regression_sample_weights",
        "ridge_intercept",
        "ridge_vs_lstsq",
        "ridge_individual_penalties",
        "solver_consistency",
        "regularization_limits_ridge",
        "regularization_limits_ridge_classifier_gcv",
        "regularization_limits_ridge_gcv",
        "ridge_gcv_sample_weights",
        "ridge_cv_individual_penalties",
        "ridgecv_sample_weight",
        "raises_value_error_if_sample_weights_greater_than_1d",
        "sparse_cg_max_iter",
        "dtype_match",
        "dtype_match_cholesky",
        "ridge_sag_with_X_fortran",
        "ridgeclassifier_multilabel",
        "ridge_sample_weight_consistency",
        "ridge_cv_results_predictions",
        "ridge_cv_multioutput_sample_weight",
        "ridge_cv_custom_multioutput_scorer",
    ),
    "huber": (
        "huber_equals_lr_for_high_epsilon",
        "huber_max_iter",
        "huber_scaling_invariant",
        "huber_and_sgd_same_results",
        "huber_warm_start",
        "huber_better_r2_score",
        "huber_bool",
    ),
    "ransac": (
        "ransac_inliers_outliers",
        "ransac_max_trials",
        "ransac_score",
        "ransac_predict",
        "ransac_none_estimator",
        "ransac_multi_dimensional_targets",
        "ransac_default_residual_threshold",
        "ransac_final_model_fit_sample_weight",
        "perfect_horizontal_line",
    ),
    "theil_sen": (
        "theil_sen_1d",
        "theil_sen_1d_no_intercept",
        "theil_sen_2d",
        "subpopulation",
        "verbosity",
        "theil_sen_parallel",
        "less_samples_than_features",
    ),
}
"""Names of tests in each file; those with parameters in `CANNOT_APPLY` run with the others."""


class Case(NamedTuple):
    """Why a test cannot apply, and a pattern of the parameters with which it cannot; by default all."""

    reason: str
    parameters: str = ""


SPARSE = "sparse data are refused, with a clear TypeError"
POSITIVE = "there is no option for positive coefficients, which the solver lbfgs is for"
CHECKS = "RANSAC takes no checks of data or models"
ESTIMATOR = "RANSAC always fits least squares; a part of the test is of another estimator"
SUBSETS = "Theil-Sen takes subsets of the least size"
ARRAY_API = "arrays are NumPy's; scikit-learn itself skips it unless SCIPY_ARRAY_API is set"
CANNOT_APPLY = {
    "test_base_array_api_move_estimator_to": Case(ARRAY_API),
    "test_ridge_ridge_per_target_alpha_array_api": Case(ARRAY_API),
    "test_ridge_array_api_error_and_warnings_for_solver_parameter": Case(ARRAY_API),
    "test_ridge_array_api_numpy_namespace_no_warning": Case(ARRAY_API),
    "test_base_linear_regression_sample_weights": Case(SPARSE, r"csr_"),
    "test_base_raises_value_error_if_positive_and_sparse": Case(POSITIVE),
    "test_base_linear_regression_sparse": Case(SPARSE),
    "test_base_linear_regression_sparse_equal_dense": Case(SPARSE),
    "test_base_linear_regression_sparse_multiple_outcome": Case(SPARSE),
    "test_base_linear_regression_positive": Case(POSITIVE),
    "test_base_linear_regression_positive_multiple_outcome": Case(POSITIVE),
    "test_base_linear_regression_positive_vs_nonpositive": Case(POSITIVE),
    "test_base_linear_regression_positive_vs_nonpositive_when_positive": Case(POSITIVE),
    "test_base_inplace_data_preprocessing": Case("there is no option to overwrite X"),
    "test_ridge_ridge_regression_sample_weights": Case(SPARSE, r"csr_"),
    "test_ridge_ridge_shapes_type": Case(
        "coef_ has two dimensions if y has, as with scikit-learn's LinearRegression"
    ),
    "test_ridge_solver_consistency": Case(SPARSE, r"sparse_cg-csr_"),
    "test_ridge_regularization_limits_ridge": Case(SPARSE, r"csr_"),
    "test_ridge_sparse_design_with_sample_weights": Case(SPARSE),
    "test_ridge_n_iter": Case("no solver iterates; n_iter_ is None"),
    "test_ridge_ridge_fit_intercept_sparse": Case(SPARSE),
    "test_ridge_ridge_fit_intercept_sparse_error": Case(SPARSE),
    "test_ridge_ridge_fit_intercept_sparse_sag": Case(SPARSE),
    "test_ridge_dtype_match": Case(POSITIVE, r"lbfgs"),
    "test_ridge_ridge_positive_regression_test": Case(POSITIVE),
    "test_ridge_ridge_ground_truth_positive_test": Case(POSITIVE),
    "test_ridge_ridge_positive_error_test": Case(POSITIVE),
    "test_ridge_positive_ridge_loss": Case(POSITIVE),
    "test_ridge_lbfgs_solver_error": Case(POSITIVE),
    "test_ridge_ridge_sample_weight_consistency": Case(
        "sparse data are refused; no option for positive coefficients, which lbfgs is for", r"csr_|lbfgs"
    ),
    "test_huber_huber_sample_weights": Case(SPARSE),
    "test_huber_huber_sparse": Case(SPARSE),
    "test_ransac_ransac_is_data_valid": Case(CHECKS),
    "test_ransac_ransac_is_model_valid": Case(CHECKS),
    "test_ransac_ransac_stop_n_inliers": Case("RANSAC stops by probability only"),
    "test_ransac_ransac_stop_score": Case("RANSAC stops by probability only"),
    "test_ransac_ransac_no_valid_data": Case(CHECKS),
    "test_ransac_ransac_no_valid_model": Case(CHECKS),
    "test_ransac_ransac_exceed_max_skips": Case(CHECKS),
    "test_ransac_ransac_warn_exceed_max_skips": Case(CHECKS),
    "test_ransac_ransac_sparse": Case(SPARSE),
    "test_ransac_ransac_min_n_samples": Case(ESTIMATOR),
    "test_ransac_ransac_residual_loss": Case("RANSAC measures residuals by their size only"),
    "test_ransac_ransac_fit_sample_weight": Case(ESTIMATOR),
    "test_theil_sen_checksubparams_invalid_input": Case(SUBSETS),
    "test_theil_sen_checksubparams_n_subsamples_if_less_samples_than_features": Case(SUBSETS),
    "test_theil_sen_subsamples": Case(SUBSETS),
}
