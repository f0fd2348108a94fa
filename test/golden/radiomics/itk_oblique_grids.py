#!/usr/bin/env python3
"""Writes itk-oblique-grids.json beside this file: matrices of oblique grids with their inverses as ITK has them, and an image on an oblique
grid that SimpleITK resamples onto others.

Made with Python 3.11, numpy 1.26 and SimpleITK 2.5.7. Run it again with `python3 itk_oblique_grids.py`.
"""
import json
import pathlib

import numpy
import SimpleITK as sitk

random = numpy.random.default_rng(3)


def rotation(a, b, c):
    (ca, cb, cc), (sa, sb, sc) = numpy.cos([a, b, c]), numpy.sin([a, b, c])
    x = numpy.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    y = numpy.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    z = numpy.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    return (z @ y @ x).ravel().tolist()


def inverse(direction, spacing):
    """The matrix from index to position, and its inverse column by column: the indices of the unit vectors."""
    image = sitk.Image(2, 2, 2, sitk.sitkUInt8)
    image.SetSpacing(spacing)
    image.SetDirection(direction)
    columns = [image.TransformPhysicalPointToContinuousIndex([float(axis == c) for axis in range(3)]) for c in range(3)]
    matrix = numpy.array(direction).reshape(3, 3) * numpy.array(spacing)[None, :]
    return {"matrix": matrix.ravel().tolist(), "inverse": [columns[c][r] for r in range(3) for c in range(3)]}


SPACING = (0.9, 0.7, 2.3)
ORIGIN = (-31.2, 12.5, 7.25)
SIZE = (9, 8, 5)
DIRECTION = rotation(0.2, -0.15, 0.3)
values = random.integers(-200, 900, SIZE[::-1]).astype("int16")
# Positions of the first two grids lie half-way between voxels, where the last bit decides.
GRIDS = {"halves": (0.45, 0.35, 1.15), "in plane": (1.8, 1.4, 2.3), "between": (1.0, 1.0, 1.0)}


def resampled(interpolator, spacing):
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    image.SetDirection(DIRECTION)
    start = [0.5 * (new - old) / old for new, old in zip(spacing, SPACING)]
    filter = sitk.ResampleImageFilter()
    filter.SetOutputSpacing(spacing)
    filter.SetOutputOrigin(image.TransformContinuousIndexToPhysicalPoint(start))
    filter.SetOutputDirection(DIRECTION)
    filter.SetSize([int(n * old / new) for n, old, new in zip(SIZE, SPACING, spacing)])
    filter.SetInterpolator(getattr(sitk, "sitk" + interpolator))
    out = filter.Execute(image)
    return {"size": out.GetSize(), "originMm": out.GetOrigin(), "values": sitk.GetArrayFromImage(out).ravel().tolist()}


turned = [inverse(rotation(*random.uniform(-1.5, 1.5, 3)), random.uniform(0.3, 5, 3).tolist()) for _ in range(20)]
in_plane = [inverse(rotation(0, 0, 0.3), [0.9, 0.9, 3.0]), inverse(rotation(0.4, 0, 0), [0.5, 0.7, 0.5])]
straight = [inverse([0.0, 0, 1, 1, 0, 0, 0, 1, 0], [1.2, 0.9, 3.1]), inverse([-1.0, 0, 0, 0, -1, 0, 0, 0, 1], [0.7, 0.7, 5.0])]
golden = {
    "size": SIZE,
    "spacingMm": SPACING,
    "originMm": ORIGIN,
    "direction": DIRECTION,
    "image": values.ravel().tolist(),
    "inverses": turned + in_plane + straight,
    "resampled": {grid: {"spacingMm": spacing, "by": {name: resampled(name, spacing) for name in ("NearestNeighbor", "Linear", "BSpline")}}
                  for grid, spacing in GRIDS.items()},
}
pathlib.Path(__file__).with_name("itk-oblique-grids.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
