"""The one place of the report that touches disk: figures as PNG, and the page, each complete or not there."""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path
from typing import get_args

from matplotlib.figure import Figure

from jaxreg.claims.results import ClaimsResults
from jaxreg.claims.tables import figure_name
from jaxreg.records import StudyResults
from jaxreg.report.claims_page import render_claims
from jaxreg.report.claims_plots import draw_claim
from jaxreg.report.page import render
from jaxreg.report.plots import draw
from jaxreg.report.style import DARK, LIGHT
from jaxreg.report.summarize import summarize
from jaxreg.report.summary import FigureName, Summary
from jaxreg.report.verdict_plots import FIGURES, draw_verdict
from jaxreg.verdict.results import VerdictResults

PNG_DPI = 160
RANDOM_ID = r"(?:[a-z]+|C[0-9a-f]+_[0-9a-f]+_)[0-9a-f]{10}"  # of clip paths, and of markers of one kind
SHADED: tuple[FigureName, ...] = ("cells", "confusion")  # their shades lie between the colours of a theme


def write_report(results: StudyResults, folder: Path, lang: str = "en") -> Path:
    """Writes `plots/*.png` and `report.html` into a run folder and returns the path of the page."""
    summary = summarize(results, lang)
    plots = folder / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    images: dict[str, tuple[bytes, bytes]] = {}
    for text in summary.figures:
        png, light, dark = draw_all(summary, text.name)
        replace_file(plots / f"{text.name}.png", png)
        images[text.name] = (light, dark)
    for name in set(get_args(FigureName)) - images.keys():  # figures of an earlier report that no longer hold
        (plots / f"{name}.png").unlink(missing_ok=True)
    path = folder / "report.html"
    replace_file(path, render(summary, images).encode())
    return path


def write_verdict_report(results: VerdictResults, folder: Path, lang: str) -> Path:
    """Writes `plots/*.png` and `report.html` of a verdict into its run folder and returns the path of the page."""
    from jaxreg.report.verdict_page import render_verdict  # scipy.stats takes half a second, which a search need not

    plots = folder / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    images: dict[str, tuple[bytes, bytes]] = {}
    for name in (f"verdict_{figure}" for figure in FIGURES):
        light = draw_verdict(results, name.removeprefix("verdict_"), LIGHT, lang)
        replace_file(plots / f"{name}.png", png_bytes(light))
        svg = svg_bytes(light)
        images[name] = (svg, recolored(svg))
    path = folder / "report.html"
    replace_file(path, render_verdict(results, images, lang).encode())
    return path


def write_claims_report(results: ClaimsResults, folder: Path, lang: str) -> Path:
    """Writes `plots/*.png` and `report.html` of the claims into their run folder and returns the path of the page."""
    plots = folder / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    images: dict[str, tuple[bytes, bytes]] = {}
    for claim, finding in results.findings:
        for index, figure in enumerate(finding.figures):
            name = figure_name(claim, index)
            light = draw_claim(figure, LIGHT, lang)
            replace_file(plots / f"{name}.png", png_bytes(light))
            svg = svg_bytes(light)
            images[name] = (svg, recolored(svg))
    path = folder / "report.html"
    replace_file(path, render_claims(results, images, lang).encode())
    return path


def draw_all(summary: Summary, name: FigureName) -> tuple[bytes, bytes, bytes]:
    """Returns a figure as a light PNG, a light SVG and a dark SVG."""
    light = draw(summary, name, LIGHT)
    png, svg = png_bytes(light), svg_bytes(light)
    dark = svg_bytes(draw(summary, name, DARK)) if name in SHADED else recolored(svg)
    return png, svg, dark


def png_bytes(figure: Figure) -> bytes:
    """Returns a figure as PNG; its layout is then fixed, since once is enough."""
    png = BytesIO()
    figure.savefig(png, format="png", dpi=PNG_DPI)
    figure.set_layout_engine("none")
    return png.getvalue()


def recolored(svg: bytes) -> bytes:
    """Returns a light SVG in the colours of the dark theme; the same as drawing it again, in a fraction of the time."""
    dark = dict(zip(LIGHT.colors, DARK.colors, strict=True))
    return re.sub(r"#[0-9a-f]{6}", lambda match: dark.get(match[0], match[0]), svg.decode()).encode()


def svg_bytes(figure: Figure) -> bytes:
    """Returns a figure as SVG with numbered ids and no date, so that the same results give the same report."""
    buffer = BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue().decode()
    random_ids = dict.fromkeys(re.findall(rf'id="({RANDOM_ID})"', svg))
    numbers = {name: f"i{number}" for number, name in enumerate(random_ids)}
    return re.sub(RANDOM_ID, lambda match: numbers.get(match[0], match[0]), svg).encode()


def replace_file(path: Path, content: bytes) -> None:
    """Writes a file aside and moves it into place, so that a reader never meets half of it."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        aside.write_bytes(content)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
