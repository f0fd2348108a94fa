#!/usr/bin/env python3
"""Writes pyradiomics-profile.json beside this file: what PyRadiomics gives for a small image under many parameter files, and what SimpleITK
gives for it on other grids.

Made with Python 3.11, PyRadiomics 3.0.1, numpy 1.26, SimpleITK 2.5.7, PyWavelets 1.9, scikit-image 0.26, scipy 1.17 and trimesh 5.2.
PyRadiomics 3.0.1 calls scipy functions that newer releases moved; two lines below give them their old names.
Run it again with `python3 pyradiomics_profile.py`.
"""
import json
import logging
import math
import pathlib
import sys
import types

import numpy
import scipy.ndimage
import scipy.special

numpy.float = float
old = types.ModuleType("scipy.ndimage.interpolation")
old.map_coordinates = scipy.ndimage.map_coordinates
sys.modules[old.__name__] = old
scipy.special.sph_harm = lambda m, n, theta, phi: scipy.special.sph_harm_y(n, m, phi, theta)

import SimpleITK as sitk  # noqa: E402
from radiomics.featureextractor import RadiomicsFeatureExtractor  # noqa: E402

logging.disable(logging.CRITICAL)
SIZE = (13, 11, 7)  # i, j, k
SPACING = (0.8, 1.1, 2.5)
ORIGIN = (-20.3, 4.7, 11.1)
DIRECTION = (1, 0, 0, 0, -1, 0, 0, 0, 1)
random = numpy.random.default_rng(11)
smooth = scipy.ndimage.gaussian_filter(random.normal(size=SIZE[::-1]), 1)
array = numpy.round((smooth - smooth.min()) / (smooth.max() - smooth.min()) * 600 - 150).astype("int16")
region = scipy.ndimage.gaussian_filter(random.normal(size=SIZE[::-1]), 1.5)
region = (region > numpy.quantile(region, 0.6)).astype("uint8")


def image_of(values):
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    image.SetDirection(DIRECTION)
    return image


ALL = {name: None for name in ("shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")}
FEW = {"firstorder": ["10Percentile", "Entropy", "Kurtosis", "Mean", "Skewness"], "glcm": ["Contrast", "MCC", "SumEntropy"]}
TEXTURE = {"glcm": ["Autocorrelation", "Correlation", "Imc1", "JointAverage", "MCC"], "glrlm": ["RunEntropy", "RunPercentage"],
           "glszm": ["ZoneEntropy", "ZoneVariance"], "gldm": ["DependenceEntropy"], "ngtdm": ["Busyness", "Strength"]}
FILTERS = {"Original": {}, "LoG": {"sigma": [1.0, 2, 3.5]}, "Wavelet": {"wavelet": "coif1"}, "Square": {}, "SquareRoot": {},
           "Logarithm": {}, "Exponential": {}, "Gradient": {}}
PARAMETERS = {
    "defaults": {"featureClass": ALL},
    "width": {"setting": {"binWidth": 7.3, "voxelArrayShift": 300}, "featureClass": ALL},
    "count": {"setting": {"binCount": 16}, "featureClass": ALL},
    "distances": {"setting": {"distances": [1, 3], "gldm_a": 2}, "featureClass": TEXTURE},
    "asymmetric": {"setting": {"symmetricalGLCM": False}, "featureClass": TEXTURE},
    "manhattan": {"setting": {"weightingNorm": "manhattan"}, "featureClass": TEXTURE},
    "euclidean": {"setting": {"weightingNorm": "euclidean", "distances": [2]}, "featureClass": TEXTURE},
    "infinity": {"setting": {"weightingNorm": "infinity", "symmetricalGLCM": False}, "featureClass": TEXTURE},
    "slices": {"setting": {"force2D": True}, "featureClass": TEXTURE},
    "columns": {"setting": {"force2D": True, "force2Ddimension": 1}, "featureClass": TEXTURE},
    "rows": {"setting": {"force2D": True, "force2Ddimension": 2, "weightingNorm": "no_weighting"}, "featureClass": TEXTURE},
    "normalized": {"setting": {"normalize": True, "normalizeScale": 100, "removeOutliers": 1.5, "binWidth": 5}, "featureClass": FEW},
    "absolute": {"setting": {"resegmentRange": [0, 300]}, "featureClass": {"shape": None, **FEW}},
    "relative": {"setting": {"resegmentRange": [0.4], "resegmentMode": "relative"}, "featureClass": FEW},
    "sigma": {"setting": {"resegmentRange": [-1, 1], "resegmentMode": "sigma", "resegmentShape": True},
              "featureClass": {"shape": None, **FEW}},
    "resampled": {"setting": {"resampledPixelSpacing": [1, 1, 1], "padDistance": 3}, "featureClass": ALL},
    "in-plane": {"setting": {"resampledPixelSpacing": [2, 2, 0], "interpolator": "sitkLinear"}, "featureClass": FEW},
    "images": {"setting": {"binWidth": 10}, "imageType": FILTERS, "featureClass": FEW},
    "cropped": {"setting": {"preCrop": True, "padDistance": 2}, "imageType": {"LoG": {"sigma": [1.0]}, "Wavelet": {}}, "featureClass": FEW},
    "own-settings": {"setting": {"binWidth": 10},
                     "imageType": {"Original": {"binWidth": 3}, "Wavelet": {"wavelet": "haar", "start_level": 1, "level": 2, "binCount": 8},
                                   "Gradient": {"gradientUseSpacing": False}}, "featureClass": FEW},
    "patterns": {"imageType": {"LBP2D": {"binWidth": 1, "lbp2DRadius": 1.5, "lbp2DSamples": 10},
                               "LBP3D": {"binWidth": 1, "lbp3DLevels": 3}}, "featureClass": FEW},
    "rotated-patterns": {"imageType": {"LBP2D": {"binWidth": 5, "lbp2DMethod": "ror"}}, "setting": {"force2Ddimension": 1},
                         "featureClass": FEW},
    "pattern-numbers": {"imageType": {"LBP2D": {"binWidth": 5, "lbp2DMethod": "default"}}, "setting": {"force2Ddimension": 2},
                        "featureClass": FEW},
    "pattern-variance": {"imageType": {"LBP2D": {"lbp2DMethod": "var", "binCount": 32}}, "featureClass": FEW},
    "deprecated": {"featureClass": {"shape": ["Compactness1", "Compactness2", "SphericalDisproportion"],
                                    "firstorder": ["StandardDeviation"]}},
    "one-slice": {"setting": {"force2D": True}, "featureClass": {"shape2D": None, **FEW}},
}
INTERPOLATORS = ["NearestNeighbor", "Linear", "BSpline", "Gaussian", "LabelGaussian", "HammingWindowedSinc", "CosineWindowedSinc",
                 "WelchWindowedSinc", "LanczosWindowedSinc", "BlackmanWindowedSinc"]
# A grid that meets voxel centers, and one that does not.
GRIDS = {"meeting": (0.8, 1.1, 1.25), "between": (1.3, 0.9, 1.7)}


def features(name, parameters, pixels):
    mask = region.copy()
    if name == "one-slice":
        mask[:3] = 0
        mask[4:] = 0
    values = RadiomicsFeatureExtractor(json.loads(json.dumps(parameters))).execute(image_of(array.astype(pixels)), image_of(mask))
    found = {key: float(numpy.real(value)) for key, value in values.items() if not key.startswith("diagnostics")}
    assert not any(math.isnan(value) for value in found.values()), name
    return {key: float("%.13g" % value) for key, value in found.items()}


def resampled(interpolator, spacing):
    filter = sitk.ResampleImageFilter()
    filter.SetOutputSpacing(spacing)
    filter.SetOutputOrigin(ORIGIN)
    filter.SetOutputDirection(DIRECTION)
    filter.SetSize([int(n * old / new) for n, old, new in zip(SIZE, SPACING, spacing)])
    filter.SetInterpolator(getattr(sitk, "sitk" + interpolator))
    filter.SetOutputPixelType(sitk.sitkInt16)
    out = filter.Execute(image_of(array))
    return {"size": out.GetSize(), "values": sitk.GetArrayFromImage(out).ravel().tolist()}


def texts(parameters):
    """Widths as text: JSON readers forget whether a whole number had a point."""
    copy = json.loads(json.dumps(parameters))
    if "LoG" in copy.get("imageType", {}):
        copy["imageType"]["LoG"]["sigma"] = [str(sigma) for sigma in parameters["imageType"]["LoG"]["sigma"]]
    return copy


golden = {
    "size": SIZE,
    "spacingMm": SPACING,
    "originMm": ORIGIN,
    "direction": DIRECTION,
    "image": array.ravel().tolist(),
    "region": region.ravel().tolist(),
    "cases": [{"name": name, "parameters": texts(parameters), "features": features(name, parameters, "int16")}
              for name, parameters in PARAMETERS.items()]
    + [{"name": "single-precision", "pixels": "float32", "parameters": texts(PARAMETERS["images"]),
        "features": features("images", PARAMETERS["images"], "float32")}],
    "resampled": {grid: {"spacingMm": spacing, "by": {name: resampled(name, spacing) for name in INTERPOLATORS}}
                  for grid, spacing in GRIDS.items()},
}
pathlib.Path(__file__).with_name("pyradiomics-profile.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
