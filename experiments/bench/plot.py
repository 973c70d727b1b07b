"""The figure of the benchmark: seconds per epoch of every contender, in the look of the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.epochs import NAMES
from jaxreg.pages.style import LIGHT, MEDIUM, SMALL, new_figure, style_axes

COLORS = {
    "ours": LIGHT.good,
    "torch": LIGHT.bad,
    "torch_fast": "#e69f00",
    "torch_compiled": "#cc79a7",
    "naive": LIGHT.muted,
}


def write_plot(path: Path, epochs: Mapping[str, Any]) -> None:
    """Writes bars of the median seconds per epoch, their range as a line, one group a normalization."""
    norms = epochs["norms"]
    contenders = list(next(iter(norms.values())))
    pitch = 1 / (len(contenders) + 0.7)
    fig = new_figure(LIGHT, 8.4, 1.2 + 0.36 * len(norms) * (len(contenders) + 0.7))
    ax = fig.add_subplot()
    style_axes(ax, LIGHT, grid="x", xlabel="seconds per epoch of training and validation: median, least and greatest")
    for i, name in enumerate(contenders):
        runs = [runs[name] for runs in norms.values()]
        medians = [run["seconds"]["median"] for run in runs]
        reach = [[abs(run["seconds"][end] - run["seconds"]["median"]) for run in runs] for end in ("low", "high")]
        rows = [group + i * pitch for group in range(len(norms))]
        error = {"elinewidth": 1.0, "ecolor": LIGHT.ink}
        bars = ax.barh(rows, medians, 0.9 * pitch, xerr=reach, error_kw=error, color=COLORS[name], label=NAMES[name])
        labels = [_label(run, name) for run in runs]
        ax.bar_label(bars, labels, padding=5, fontsize=SMALL, color=LIGHT.ink)
    middle = (len(contenders) - 1) / 2 * pitch
    names = {"none": "no norm", "batch": "batch norm", "layer": "layer norm"}
    ax.set_yticks([group + middle for group in range(len(norms))], [names[norm] for norm in norms], fontsize=MEDIUM)
    ax.invert_yaxis()
    ax.margins(x=0.2)
    ax.set_xlim(left=0)
    fig.legend(loc="outside upper left", ncols=len(contenders), frameon=False, fontsize=MEDIUM, labelcolor=LIGHT.ink)
    fig.savefig(path, dpi=150)


def _label(run: Mapping[str, Any], name: str) -> str:
    times = "" if name == "ours" else f"  ({run['times_ours']['median']:.1f} x)"
    return f"{run['seconds']['median']:.2f} s{times}"
