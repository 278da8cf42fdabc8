"""The page of costs shows the figures that were measured, and no others."""

from benchmarks.scale import page


def test_the_page_and_its_plot_are_what_the_figures_say():
    written = page.PAGE.read_text(encoding="utf-8")
    assert written == page.page(), "cost.md is old: run `python -m benchmarks.scale.page`"
    drawn = page.PLOT.read_text(encoding="utf-8")
    assert drawn == page.plot(page.shown()), "cost.svg is old"
    assert page.BEGIN in written and page.END in written


def test_no_way_differs_from_the_limit():
    different = [figure for figure in page.shown() if figure.differing_rows]
    assert not different, different
