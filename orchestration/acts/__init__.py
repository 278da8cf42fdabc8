"""What people decide and do, recorded by `health act` as rows of the raw tables.

`known` is what an act may be about, `rows` what it says, `record` how it is kept. How acts become a
load is said in `orchestration/landing/acts.py`.
"""
