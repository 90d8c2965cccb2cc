"""Samples as the table that population software reads (NONMEM, nlmixr2, Monolix).

Columns ID, SUBJECT, TIME, AMT, DV, MDV, EVID, CENS, LIMIT, LLOQ, DOSE: one dose record at time 0 (EVID 1), then
one record per sample.  CENS 1 says that the value lies below DV, which is then the LLOQ, and above LIMIT (0): the
convention of Monolix and nlmixr2; in NONMEM use it as the flag of the M3 method (F_FLAG = 1).  A sample that cannot be
used, or was taken before the infusion, keeps its record with MDV 1.  With `log`, DV and LLOQ are natural logarithms
and LIMIT is empty.
"""

import csv
import io
import math

from trialwright.analysis.kinetics.profiles import Profiles
from trialwright.analysis.kinetics.samples import Status

HEADER = ("ID", "SUBJECT", "TIME", "AMT", "DV", "MDV", "EVID", "CENS", "LIMIT", "LLOQ", "DOSE")
MISSING = "."


def nonmem_table(profiles: Profiles, log: bool = False, group: bool = False) -> str:
    """The table as CSV; BLQ samples without a known limit become MDV 1, for no likelihood can be written for them.

    With `group`, a column GROUP carries the dose level of each subject.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER + (("GROUP",) if group else ()))
    for i, subject in enumerate(profiles.subjects):
        dose = _text(profiles.dose[i])
        tail = (subject.group or MISSING,) if group else ()
        if subject.infused and dose != MISSING:
            writer.writerow((i + 1, subject.id, "0", dose, MISSING, 1, 1, 0, MISSING, MISSING, dose, *tail))
        for j, status in enumerate(profiles.status[i]):
            time = profiles.time[i, j]
            if not math.isfinite(time):
                continue
            limit = profiles.limit[i, j]
            dv, mdv, cens, low = MISSING, 1, 0, MISSING
            if time < 0:
                status = Status.UNUSABLE
            if status == Status.QUANTIFIED:
                dv, mdv = _text(profiles.value[i, j], log), 0
            elif status == Status.BLQ and limit > 0:
                dv, mdv, cens, low = _text(limit, log), 0, 1, MISSING if log else "0"
            writer.writerow(
                (i + 1, subject.id, _text(time), MISSING, dv, mdv, 0, cens, low, _text(limit, log), dose, *tail)
            )
    return out.getvalue()


def _text(value: float, log: bool = False) -> str:
    if not math.isfinite(value) or (log and value <= 0):
        return MISSING
    return f"{math.log(value) if log else value:.10g}"
