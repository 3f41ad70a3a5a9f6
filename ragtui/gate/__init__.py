"""Decide a merge: policy, verdict, reports, blessed baselines, repeats until decided.

The way through: `policyfile` reads what is asked, `references` finds the runs, `gathering` has them compared by the
workbench, `claims` judges every mean, `verdict` adds the findings up to an exit code, `recording` writes one record,
and `reports` shows it.
"""
