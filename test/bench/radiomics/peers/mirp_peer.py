"""MIRP on one region, as arrays in memory."""

import logging
import warnings
from importlib.metadata import version

import itk
import numpy as np
from mirp import extract_features
from timing import job, tell

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
work = job()
# MIRP takes arrays as they are; spacing does not change what has to be computed.
image = np.asarray(itk.GetArrayFromImage(itk.imread(work["image"])), dtype=np.float32)
mask = np.asarray(itk.GetArrayFromImage(itk.imread(work["mask"])) == 1)
textures = ["glcm", "glrlm", "glszm", "ngtdm", "ngldm"]
settings = {"base_discretisation_method": "fixed_bin_size", "base_discretisation_bin_width": 25.0}
if work["task"] == "default":
    settings |= {
        "base_feature_families": ["morphology", "statistics", *textures],
        "glcm_spatial_method": "3d_average",
        "glrlm_spatial_method": "3d_average",
        "resegmentation_intensity_range": [float(image[mask].min()), np.nan],
    }
elif work["task"] == "filtered":
    settings = {
        "base_feature_families": "none",
        "response_map_feature_families": textures,
        "response_map_discretisation_method": "fixed_bin_number",
        "response_map_discretisation_n_bins": 32,
        "glcm_spatial_method": "3d_average",
        "glrlm_spatial_method": "3d_average",
        "filter_kernels": ["laplacian_of_gaussian", "separable_wavelet"],
        "laplacian_of_gaussian_sigma": [1.0, 2.0, 3.0],
        "separable_wavelet_families": "coif1",
        "separable_wavelet_set": "all",
        "separable_wavelet_rotation_invariance": False,
    }
else:
    settings = {
        "base_discretisation_method": "fixed_bin_number",
        "base_discretisation_n_bins": 64,
        "ivh_discretisation_method": "fixed_bin_number",
        "ivh_discretisation_n_bins": 1000,
        "glcm_spatial_method": "3d_volume_merge",
        "glrlm_spatial_method": "3d_volume_merge",
    }
for name, method in {"glszm": "3d", "gldzm": "3d", "ngtdm": "3d", "ngldm": "3d"}.items():
    settings[f"{name}_spatial_method"] = method


def call():
    frame = extract_features(image=image, mask=mask, by_slice=False, **settings)[0]
    prefixes = ("morph_", "loc_", "stat_", "ih_", "ivh_", "cm_", "rlm_", "szm_", "dzm_", "ngt_", "ngl_", "log_", "wavelet_")
    return sum(name.startswith(prefixes) for name in frame.columns)


tell(version("mirp"), call, work["seconds"], work["atLeast"])
