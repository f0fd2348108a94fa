"""PyRadiomics on one region."""

import logging

import radiomics
import SimpleITK as sitk
from radiomics import featureextractor
from timing import job, tell

work = job()
radiomics.logger.setLevel(logging.ERROR)
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
image = sitk.ReadImage(work["image"])
mask = sitk.ReadImage(work["mask"])
extractor = featureextractor.RadiomicsFeatureExtractor()
if work["task"] == "filtered":
    extractor.disableAllImageTypes()
    extractor.enableImageTypeByName("LoG", customArgs={"sigma": [1.0, 2.0, 3.0]})
    extractor.enableImageTypeByName("Wavelet")
    extractor.disableAllFeatures()
    for name in ("glcm", "glrlm", "glszm", "gldm", "ngtdm"):
        extractor.enableFeatureClassByName(name)
elif work["task"] == "all":
    # Whole intensities from 1 to 64 are the gray levels, as for everybody else.
    extractor.settings["binWidth"] = 1


def call():
    result = extractor.execute(image, mask)
    return sum(not name.startswith("diagnostics") for name in result)


tell(radiomics.__version__, call, work["seconds"], work["atLeast"])
