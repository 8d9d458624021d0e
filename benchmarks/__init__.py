"""Figures of speed and of retrieval. Each is measured when it is asked for; times are ratios within one run."""
