"""What is put off is done when it is asked for, and the process is as it was afterwards."""

import gc
import subprocess
import sys

import pytest

from orchestration.base.spared import importing, seldom_searching_for_garbage


def test_garbage_is_searched_for_as_before_afterwards():
    before = gc.get_threshold()
    with pytest.raises(ValueError), seldom_searching_for_garbage():
        assert gc.isenabled() and gc.get_threshold() != before
        raise ValueError
    assert gc.get_threshold() == before
    gc.unfreeze()  # so that the other tests' garbage is found


def test_a_module_is_loaded_when_it_is_used_or_not_found(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("put_off", "left_out"):
        (tmp_path / f"{name}_here.py").write_text("import sys\nsys.loaded_here = True\nvalue = 1\n")
        monkeypatch.delitem(sys.modules, f"{name}_here", raising=False)
    monkeypatch.setattr(sys, "loaded_here", False, raising=False)
    before = list(sys.meta_path)
    with importing(later={"put_off_here"}, never={"left_out_here"}):
        import put_off_here

        with pytest.raises(ImportError):
            import left_out_here
    assert sys.meta_path == before and not sys.loaded_here
    assert put_off_here.value == 1 and sys.loaded_here
    import left_out_here

    assert left_out_here.value == 1


def test_great_expectations_judges_without_what_it_imports_for_others():
    """In a process of its own: this one may have imported it."""
    code = """
import sys
from tests.unit.test_validation import cases
from orchestration.expectations.validation import plain_verdicts, validate
suites = {"measures": cases()}
verdicts, _ = validate(suites)
plain = plain_verdicts(suites)
assert {n: v.is_met for n, v in verdicts.items()} == {n: v.is_met for n, v in plain.items()}
loaded = {"scipy.stats._stats_py", "altair.vegalite", "sqlalchemy"} & set(sys.modules)
assert not loaded, loaded
from scipy import stats
import sqlalchemy
assert stats.entropy([1.0, 1.0]) > 0 and sqlalchemy.text("select 1") is not None
"""
    subprocess.run([sys.executable, "-c", code], check=True)
