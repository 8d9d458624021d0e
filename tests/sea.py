"""An invented marine ecologist's eight papers, for questions about sets of papers."""

from __future__ import annotations

from tests.pages import make_page, make_record, papers_of

SOLVANG, OKAFOR, ZHANG = "Ingrid Solvang", "Amara Okafor", "Wei Zhang"
SEA_PAGE = make_page(
    make_record(
        "TideNet: Counting Plankton from Buoys",
        listing="31.2QMMar 5, 2014Code",
        authors=f"{SOLVANG}, {OKAFOR} · univ-bergen",
        abstract="We present TideNet, a network of buoys that counts plankton. It covers 40 stations of the North Sea.",
    ),
    make_record(
        "Kelp Forests under Heat Waves",
        listing="12.0QMJun 11, 2016",
        authors=f"Jonas Berg, {SOLVANG}",
        abstract="Marine heat waves thin kelp forests. We follow 12 forests through two warm summers.",
    ),
    make_record(
        "PlanktonBank: A Large Corpus of Plankton Images",
        listing="20.1CVFeb 2, 2017Code",
        authors=f"{OKAFOR}, {ZHANG}, {SOLVANG}",
        abstract="We introduce PlanktonBank, a dataset of 90,000 plankton images. It was used in SeaCLEF 2017.",
    ),
    make_record(
        "Where Do Kelp Spores Settle?",
        listing="8.4QMNov 20, 2017",
        authors=SOLVANG,
        abstract="Kelp spores settle on rough stone. We show that currents carry them for less than a kilometre.",
    ),
    make_record(
        "DriftCam: Tracking Jellyfish from Drones",
        listing="25.5CVApr 30, 2018Code",
        authors=f"{ZHANG}, Lena Berg, {SOLVANG} et al. · univ-bergen",
        abstract="We propose DriftCam, a model that tracks jellyfish in drone videos. It is evaluated on PlanktonBank.",
    ),
    make_record(
        "A Survey of Machine Vision in Marine Ecology",
        listing="40.0CVJan 9, 2020",
        authors=f"{SOLVANG}, Lena Berg, {ZHANG} et al.",
        abstract="Cameras have changed marine ecology. This survey reviews how machine vision counts fish.",
    ),
    make_record(
        "Fish Weirs of the Iron Age",
        listing="3.1ROAug 8, 2020",
        authors=f"Tomás Herrera, {SOLVANG}",
        abstract="Stone weirs caught herring for centuries. A diving robot maps seven of them.",
    ),
    make_record(
        "CoralWatch: Alarms for Bleaching Reefs",
        listing="18.0LGOct 1, 2021Code",
        authors=f"{OKAFOR}, {SOLVANG} et al.",
        abstract="We present CoralWatch, a system that predicts when reefs bleach. It uses old sea temperatures.",
    ),
    header=f"{SOLVANG}\n\nQM",
)
SEA = papers_of(SEA_PAGE)
