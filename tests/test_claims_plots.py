"""The figures of the claims: what their axes say."""

import pytest

from jaxreg.claims.figure import Figure, Panel, Series
from jaxreg.claims.plots import draw_claim
from jaxreg.pages.style import LIGHT
from jaxreg.text import Text

NOTHING = Text("", "")


def axes_of(panel):
    return draw_claim(Figure(NOTHING, (panel,)), LIGHT, "en").axes[0]


def shown(axis):
    """Returns the labels of the ticks that lie within an axis."""
    low, high = axis.get_view_interval()
    places = [place for place in axis.get_majorticklocs() if low <= place <= high]
    return axis.get_major_formatter().format_ticks(places)


def line(x, y, **options):
    return Series(Text("a", "a"), tuple(x), tuple(y), **options)


def test_a_short_logarithmic_axis_has_a_tick_at_each_of_its_values():
    sizes = (1, 2, 4, 8, 16, 32, 128)
    ax = axes_of(Panel(NOTHING, NOTHING, (line(sizes, sizes),), xlog=True))
    assert shown(ax.xaxis) == [str(size) for size in sizes]
    ax = axes_of(Panel(NOTHING, NOTHING, (line((250, 4000), (1, 2)),), xlog=True))
    assert shown(ax.xaxis) == ["250", "4,000"]


def test_a_short_vertical_one_has_them_at_1_2_and_5_and_a_long_one_at_powers_of_ten():
    ax = axes_of(Panel(NOTHING, NOTHING, (line((0, 1), (0.8, 5.5)),), ylog=True))
    assert shown(ax.yaxis) == ["1", "2", "5"]
    ax = axes_of(Panel(NOTHING, NOTHING, (line((0, 1), (1e-6, 1.0)),), ylog=True))
    assert {"1e-6", "0.0001", "0.01", "1"} <= {*shown(ax.yaxis)}


def test_over_names_points_stand_side_by_side_with_their_ranges_and_nothing_connects_them():
    names = (Text("no normalization", ""), Text("layer", ""))
    series = [line((0, 1), (1, 2), low=(0, 1), high=(2, 3)) for _ in range(3)]
    ax = axes_of(Panel(NOTHING, NOTHING, tuple(series), names=names))
    assert shown(ax.xaxis) == ["no\nnormalization", "layer"]
    assert all(drawn.get_linewidth() == 0 for drawn in ax.lines)
    places = sorted(x for drawn in ax.lines for x in drawn.get_xdata())
    assert places == pytest.approx([-0.14, 0, 0.14, 0.86, 1, 1.14])
    assert len(ax.collections) == 3  # a set of vertical lines for each series


def test_of_many_names_some_are_shown_each_at_its_place_and_long_ones_short():
    names = tuple(Text(f"a species with a long name, {i}", "") for i in range(300))
    ax = axes_of(Panel(NOTHING, NOTHING, (line(range(300), range(300)),), bars=True, names=names))
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert ax.get_xticks().tolist() == [*range(0, 300, 15)]
    assert labels == ["a species with a lo…"] * 20
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {45}


def test_on_a_phone_panels_stand_below_each_other_and_on_a_desk_side_by_side():
    figure = Figure(NOTHING, (Panel(NOTHING, NOTHING, (line((0, 1), (0, 1)),)),) * 3)
    desk, phone = (draw_claim(figure, theme, "en") for theme in (LIGHT, LIGHT._replace(narrow=True)))
    assert [ax.get_subplotspec().rowspan.start for ax in desk.axes] == [0, 0, 0]
    assert [ax.get_subplotspec().rowspan.start for ax in phone.axes] == [0, 1, 2]
    assert phone.get_figwidth() < 5 < desk.get_figwidth()
