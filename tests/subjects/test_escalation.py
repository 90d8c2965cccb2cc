"""Oracle: pair (participants of an analysis as a dose recommendation takes them), and its own reader."""

import io

from tests.subjects.person import at, derived, event, treated

from trialwright.analysis.subjects.escalation import escalation
from trialwright.analysis.subjects.write import write_csv
from trialwright.dosefinding.outcomes import read_subjects


def test_the_reader_of_recommendations_takes_what_the_analysis_gives(tmp_path):
    seen = at("weight", 40, 60.0)
    people = {
        "no": [*treated(2), seen],
        "yes": [*treated(3), seen, *event(12, 20, "icans", 3.0, "e", dlt=True)],
        "left": [*treated(3), at("study_end", 9, cats="withdrew")],
        "never": treated(3, infused=False),
    }
    table = escalation(derived(people, 60).datasets, 28)
    assert [tuple(row.values()) for row in table] == [
        ("left", 3, 0, 9, 0, 25e6), ("no", 2, 0, 28, 1, 25e6), ("yes", 3, 1, 12, 1, 25e6),
    ]  # fmt: skip
    text = write_csv(table, tmp_path / "dose-subjects.csv").read_text("utf-8")
    found = {p.subject: p for p in read_subjects(text, 28, 4)}
    assert (found["no"].dlt, found["yes"].dlt, found["left"].dlt) == (False, True, None)
    assert not found["left"].evaluable


def test_who_is_inside_the_window_is_pending():
    people = {"early": [*treated(2), at("weight", 14, 60.0)]}
    [row] = escalation(derived(people, 20).datasets, 28)
    assert (row["dlt"], row["followup_days"], row["evaluable"]) == (0, 14, 1)
    out = io.StringIO()
    out.write(",".join(row) + "\n" + ",".join(str(v) for v in row.values()) + "\n")
    [pending] = read_subjects(out.getvalue(), 28, 4)
    assert pending.dlt is None
    assert pending.evaluable
