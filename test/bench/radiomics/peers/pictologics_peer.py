"""Pictologics on one region, images in memory."""

import warnings
from importlib.metadata import version

from pictologics import RadiomicsPipeline, load_image
from timing import job, tell

warnings.filterwarnings("ignore")
work = job()
image = load_image(work["image"])
mask = load_image(work["mask"])
# Bins of 25 need a lower bound; the bins of the lesion are its gray levels.
if work["task"] == "default":
    discretise = {"method": "FBS", "bin_width": 25.0, "min_val": float(image.array[mask.array == 1].min())}
    families = {"families": ["intensity", "morphology", "texture"], "include_spatial_intensity": False, "include_local_intensity": False}
else:
    discretise = {"method": "FBN", "n_bins": 64}
    families = {"families": ["intensity", "morphology", "texture", "histogram", "ivh"], "include_spatial_intensity": True}
    families |= {"include_local_intensity": True}
steps = [{"step": "discretise", "params": discretise}, {"step": "extract_features", "params": families}]


def call():
    # A new pipeline each time, so that nothing is remembered.
    pipeline = RadiomicsPipeline(deduplicate=False, load_standard=False)
    pipeline.add_config("measured", steps)
    return len(pipeline.run(image, mask, config_names=["measured"])["measured"])


tell(version("pictologics"), call, work["seconds"], work["atLeast"])
