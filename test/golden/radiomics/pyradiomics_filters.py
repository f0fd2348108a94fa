#!/usr/bin/env python3
"""Writes pyradiomics-filters.json beside this file: image types of PyRadiomics 3 on a small image, made by the libraries that it calls.

Made with Python 3.11, numpy 2.4, SimpleITK 2.5 and PyWavelets 1.8; the calls are those of PyRadiomics 3.0.1's imageoperations.
Run it again with `python3 pyradiomics_filters.py`.
"""
import json
import pathlib

import numpy
import pywt
import SimpleITK as sitk

SIZE = (7, 6, 9)  # i, j, k
SPACING = (0.8, 1.1, 2.5)
array = numpy.random.default_rng(5).integers(-200, 1000, SIZE[::-1]).astype("int16")
image = sitk.GetImageFromArray(array)
image.SetSpacing(SPACING)


def numbers(values):
    return [float("%.10g" % value) for value in numpy.asarray(values, dtype="float64").ravel()]


def log(sigma, pixels):
    lrgif = sitk.LaplacianRecursiveGaussianImageFilter()
    lrgif.SetNormalizeAcrossScale(True)
    lrgif.SetSigma(sigma)
    return numbers(sitk.GetArrayFromImage(lrgif.Execute(sitk.Cast(image, pixels))))


def wavelets(wavelet, level, start_level, axes):
    padding = tuple((0, 1 if dim % 2 != 0 else 0) for dim in array.shape)
    crop = tuple(slice(None, -1 if dim % 2 != 0 else None) for dim in array.shape)
    data = numpy.pad(array, padding, "wrap")
    for _ in range(start_level):
        data = pywt.swtn(data, wavelet, level=1, start_level=0, axes=axes)[0]["a" * len(axes)].copy()
    found = {}
    for n in range(1, level + 1):
        dec = pywt.swtn(data, wavelet, level=1, start_level=0, axes=axes)[0]
        data = dec["a" * len(axes)].copy()
        for name, values in dec.items():
            if name != "a" * len(axes):
                found["wavelet%s-%s" % ("" if n == 1 else n, name.replace("a", "L").replace("d", "H"))] = numbers(values[crop])
    found["wavelet%s-%s" % ("" if level == 1 else level, "L" * len(axes))] = numbers(data[crop])
    return found


def gradient(use_spacing):
    gmif = sitk.GradientMagnitudeImageFilter()
    gmif.SetUseImageSpacing(use_spacing)
    return numbers(sitk.GetArrayFromImage(gmif.Execute(image)))


def pointwise(name):
    im = array.astype("float64")
    largest = numpy.max(numpy.abs(im))
    if name == "square":
        return ((1 / numpy.sqrt(largest)) * im) ** 2
    if name == "squareroot":
        return numpy.sign(im) * numpy.sqrt(numpy.abs(im) * largest)
    if name == "logarithm":
        im = numpy.sign(im) * numpy.log(numpy.abs(im) + 1)
        return im * (largest / numpy.max(numpy.abs(im)))
    return numpy.exp(numpy.log(largest) / largest * im)


table = {
    "size": SIZE,
    "spacingMm": SPACING,
    "image": numbers(array),
    "log": {str(sigma): log(sigma, sitk.sitkInt16) for sigma in (1.0, 1.7, 3.0)},
    "logOfDoubles": log(1.7, sitk.sitkFloat64),
    "wavelets": {
        "coif1": wavelets("coif1", 1, 0, (2, 1, 0)),
        "db2-level2-start1": wavelets("db2", 2, 1, (2, 1, 0)),
        "rbio2.2-slices": wavelets("rbio2.2", 1, 0, (2, 1)),
        "dmey": {name: values for name, values in wavelets("dmey", 1, 0, (2, 1, 0)).items() if name in ("wavelet-HLH", "wavelet-LLL")},
    },
    "gradient": gradient(True),
    "gradientPerVoxel": gradient(False),
    "pointwise": {name: numbers(pointwise(name)) for name in ("square", "squareroot", "logarithm", "exponential")},
}
pathlib.Path(__file__).with_name("pyradiomics-filters.json").write_text(json.dumps(table, separators=(",", ":")) + "\n")
