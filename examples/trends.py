"""How an author's work moved, as a notebook: each ``# %%`` is a cell in VS Code, PyCharm, Spyder and Jupytext.

Run it whole with ``python examples/trends.py``, or give it papers and a folder of your own:
``python examples/trends.py refs.bib figures``. It writes its figures as HTML, which needs nothing; as ``.png`` or
``.svg`` they are drawn by a Chrome or Chromium that is on the machine.
"""

# %% Which papers, and where the figures go; a notebook's own arguments are not this program's
import argparse
import sys
import tempfile
from pathlib import Path

from assistant import Assistant, AssistantError, Filters
from examples import SAMPLE

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("papers", nargs="?", type=Path, default=SAMPLE, help="any file that Papertalk takes in")
options.add_argument("figures", nargs="?", type=Path, default=Path("figures"), help="a folder (default: figures)")
given = options.parse_args(sys.argv[1:] if Path(sys.argv[0]).name == "trends.py" else [])
figures = given.figures

# %% The papers, in a library of their own that goes with this run
kept = tempfile.TemporaryDirectory()
assistant = Assistant(library="trends", data_dir=kept.name)
try:
    print(assistant.ingest(given.papers))
except AssistantError as error:
    sys.exit(str(error))
figures.mkdir(parents=True, exist_ok=True)

# %% How many papers a year? Each row has its papers: the column "keys"
years = assistant.trends("year")
years.save(figures / "years.html")
print(years.to_dataframe())

# %% Which topics came and went: one dimension is a row a value, the second becomes the columns
topics = assistant.trends(("topic", "year"))
topics.save(figures / "topics.html")
topics.save(figures / "topics.csv")
print(topics.to_dataframe())

# %% The same of some papers alone: those that come with code
with_code = assistant.trends("year", Filters(has_code=True))
with_code.save(figures / "with-code.html")
print(f"{len(assistant.papers(Filters(has_code=True)))} of {len(assistant.papers())} papers come with code")

# %% Who with whom
for person in assistant.people.coauthors()[:10]:
    print(f"{person.name}: {len(person.papers)} papers, {person.first} to {person.last}")

# %% A question whose answer is counted has its table and its figure with it, and quotes every paper that it counts
answer = assistant.ask("How many papers a year since 2019?")
print(answer.text)
answer.save(figures / "asked.html")
print(answer.to_dataframe())

# %% What the papers show as a whole: questions, each with its answer in a sentence and its figure
for number, finding in enumerate(assistant.overview(), start=1):
    print(f"{finding.question}\n    {finding.answer}")
    finding.chart.plotly.write_html(figures / f"overview-{number}.html", include_plotlyjs="directory")

# %% The library may be opened by others again
assistant.close()
kept.cleanup()
print(f"figures: {', '.join(sorted(path.name for path in figures.iterdir()))}")
