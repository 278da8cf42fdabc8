"""Writes the landed files of the two synthetic sample companies; see seeds/companies/README.md."""
