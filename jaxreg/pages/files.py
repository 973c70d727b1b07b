"""The one place of the report that touches disk: figures as PNG, and the page, each complete or not there."""

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from jaxreg.files import write_atomically
from jaxreg.pages.markup import Images
from jaxreg.pages.style import DARK, LIGHT, NOTHING, PALETTE, Colors

PNG_DPI = 160
RANDOM_ID = r"(?:[a-z]+|C[0-9a-f]+_[0-9a-f]+_)[0-9a-f]{10}"  # of clip paths, and of markers of one kind


class Drawn(NamedTuple):
    """A figure as files: PNG in the light theme, SVG in both."""

    png: bytes
    light: bytes
    dark: bytes


def write_page(folder: Path, figures: Iterable[tuple[str, Drawn]], render: Callable[[Images], str]) -> Path:
    """Writes `plots/NAME.png` of each figure, and `report.html` with their SVGs; returns the path of the page."""
    plots = folder / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    images: dict[str, tuple[bytes, bytes]] = {}
    for name, drawn in figures:
        write_atomically(plots / f"{name}.png", drawn.png)
        images[name] = (drawn.light, drawn.dark)
    path = folder / "report.html"
    write_atomically(path, render(images))
    return path


def as_files(light: Figure, dark: Figure | None = None, *, colors: Iterable[Colors] = ()) -> Drawn:
    """Returns a figure as files; without `dark` its colours, and the methods' `colors`, are exchanged for dark ones."""
    png = BytesIO()
    light.savefig(png, format="png", dpi=PNG_DPI)
    light.set_layout_engine("none")  # laid out once is enough
    svg = svg_bytes(light)
    return Drawn(png.getvalue(), svg, svg_bytes(dark) if dark else recolored(svg, colors))


def recolored(svg: bytes, colors: Iterable[Colors] = ()) -> bytes:
    """Returns a light SVG in the dark theme's colours and methods' `colors`, as if drawn again but much faster."""
    dark = dict([*PALETTE, NOTHING]) | dict(colors) | dict(zip(LIGHT, DARK, strict=True))
    return re.sub(r"#[0-9a-f]{6}", lambda match: dark.get(match[0], match[0]), svg.decode()).encode()


def svg_bytes(figure: Figure) -> bytes:
    """Returns a figure as SVG with numbered ids and no date, so that the same results give the same report."""
    buffer = BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue().decode()
    random_ids = dict.fromkeys(re.findall(rf'id="({RANDOM_ID})"', svg))
    numbers = {name: f"i{number}" for number, name in enumerate(random_ids)}
    return re.sub(RANDOM_ID, lambda match: numbers.get(match[0], match[0]), svg).encode()
