"""The docs page of `restricted`, written from its YAML like that of the marts, by the same means.

Belongs here: the text of `dbt_project/docs/restricted.md` around the tables of columns.
"""

from orchestration.base.files import write_atomic
from orchestration.pages.marts_page import DBT_PROJECT, properties_of, section, shared_descriptions

PAGE = DBT_PROJECT / "docs" / "restricted.md"
ORDER = (
    "restricted_staff",
    "restricted_contacts",
    "restricted_users",
    "restricted_survey_comments",
    "restricted_assessments",
    "restricted_cta_actions",
)
HEADER = """\
# Names of persons, and what they wrote

Generated from `dbt_project/models/restricted/*.yml` by `make docs`: edit those, not the tables.

The marts hold no name of a person, no e-mail address and no survey text. Who needs them gets them
from `restricted`, a file of its own outside of `published/`:

```
state/<company_id>/restricted/current/customer_health.duckdb     schema restricted
```

- Every refresh writes it beside the marts and switches its link just before theirs; a rollback
  takes it along. So what one refresh published always joins. Versions are kept and removed
  together.
- Its folders are open to the account that runs refreshes and to nobody else (0700, files 0400). To
  let others in is a decision about persons' data: give them an account, or copy the file to where
  they may read it. It is never written as Parquet, never exported, never in a log.
- It holds what stands now. A person who is gone from the newest state table is gone from here with
  the next refresh, and from earlier versions when those are removed (`KEEP_VERSIONS`); more in
  [security](security.md#erasing-a-person).

Resolve both links before joining, so that a refresh in between does not mix two:

```bash
.venv/bin/python -c "
import duckdb, pathlib
marts = pathlib.Path('published/office_software/current').resolve()
names = pathlib.Path('state/office_software/restricted/versions') / marts.name
session = duckdb.connect()
session.execute(f\\"attach '{marts}/customer_health.duckdb' as health (read_only)\\")
session.execute(f\\"attach '{names}/customer_health.duckdb' as persons (read_only)\\")
session.sql('''
    select health.account_id, health.score, staff.staff_name
    from health.marts.fct_account_health as health
    left join persons.restricted.restricted_staff as staff on health.csm_id = staff.staff_id
    where health.is_latest
    order by health.score
    limit 10
''').show()"
```

| in the marts | in restricted |
|---|---|
| `csm_id` | `restricted_staff.staff_id` |
| `account_id` | `account_id` of contacts, users, survey comments, assessments, acts |
| `override_id`, `flag_id` | `restricted_assessments.assessment_id` |
"""


def page() -> str:
    """The page as the repository makes it."""
    shared = shared_descriptions()
    by_name = {model["name"]: model for model in properties_of("restricted")}
    names = [*(name for name in ORDER if name in by_name), *sorted(by_name.keys() - set(ORDER))]
    return "\n".join([HEADER, *(section(by_name[name], shared) for name in names)])


if __name__ == "__main__":
    write_atomic(PAGE, page().encode())
