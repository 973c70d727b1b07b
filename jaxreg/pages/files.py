"""Writes figures in each form, and the page, each complete or not there."""

import re
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from jaxreg.files import write_atomically
from jaxreg.pages.fonts import noting_boxes
from jaxreg.pages.markup import Images
from jaxreg.pages.style import DARK, LIGHT, MIDDLE, PALETTE, PLAIN, Colors, Theme

PNG_DPI = 160
FORMS = ("png", "svg", "pdf")  # of figures, and the endings of their files
RANDOM_ID = r"(?:[a-z]+|C[0-9a-f]+_[0-9a-f]+_)[0-9a-f]{10}"  # of clip paths, and of markers of one kind


class Drawn(NamedTuple):
    """A figure: its files by their endings, in the light theme; and the SVGs of the page, as `Images` has them."""

    files: Mapping[str, bytes]
    shown: tuple[bytes, ...]


def write_page(folder: Path, figures: Iterable[tuple[str, Drawn]], render: Callable[[Images], str]) -> Path:
    """Writes the files of each figure into `plots/`, and `report.html` with its SVGs; returns the path of the page."""
    plots = folder / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    images: dict[str, tuple[bytes, ...]] = {}
    for name, drawn in figures:
        for form, content in drawn.files.items():
            write_atomically(plots / f"{name}.{form}", content)
        images[name] = drawn.shown
    path = folder / "report.html"
    write_atomically(path, render(images))
    return path


def remove_figures(folder: Path, names: Iterable[str]) -> None:
    """Removes the files of these figures, where an earlier report has left some."""
    for name in names:
        for form in FORMS:
            (folder / "plots" / f"{name}.{form}").unlink(missing_ok=True)


def as_files(draw: Callable[[Theme], Figure], *, shaded: bool = False, colors: Iterable[Colors] = ()) -> Drawn:
    """Returns a figure as files and for the page.

    For dark screens its colours, and the methods' `colors`, are exchanged; a shaded one, whose shades lie between the
    colours of a theme, is drawn again.
    """
    light, colors = draw(LIGHT), tuple(colors)
    png = _saved(light, "png", dpi=PNG_DPI)
    light.set_layout_engine(None)  # laid out once is enough; "none" would still draw all twice
    svg = svg_bytes(light)
    files = {"png": png, "svg": svg, "pdf": _saved(light, "pdf", metadata={"CreationDate": None})}
    shown = [(LIGHT, svg)]
    if light.get_figwidth() > MIDDLE:
        narrow = LIGHT._replace(narrow=True)
        shown.append((narrow, svg_bytes(draw(narrow))))

    def dark(theme: Theme, svg: bytes) -> bytes:
        return svg_bytes(draw(DARK._replace(narrow=theme.narrow))) if shaded else recolored(svg, colors)

    return Drawn(files, tuple(part for theme, svg in shown for part in (svg, dark(theme, svg))))


def recolored(svg: bytes, colors: Iterable[Colors] = ()) -> bytes:
    """Returns a light SVG in the dark theme's colours and methods' `colors`, as if drawn again but much faster."""
    dark = dict([*PALETTE, PLAIN]) | dict(colors) | dict(zip(LIGHT[:-1], DARK[:-1], strict=True))
    return re.sub(r"#[0-9a-f]{6}", lambda match: dark.get(match[0], match[0]), svg.decode()).encode()


def svg_bytes(figure: Figure) -> bytes:
    """Returns a figure as SVG with numbered ids and no date, so that the same results give the same report."""
    svg = _saved(figure, "svg", metadata={"Date": None}).decode()
    random_ids = dict.fromkeys(re.findall(rf'id="({RANDOM_ID})"', svg))
    numbers = {name: f"i{number}" for number, name in enumerate(random_ids)}
    return re.sub(RANDOM_ID, lambda match: numbers.get(match[0], match[0]), svg).encode()


def _saved(figure: Figure, form: str, **options: Any) -> bytes:
    buffer = BytesIO()
    with noting_boxes():
        figure.savefig(buffer, format=form, **options)
    return buffer.getvalue()
