"""Papers' records in Chroma and tantivy, and the vectors of a model that runs here."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # else ONNX Runtime keeps and sends what it learns of this machine
