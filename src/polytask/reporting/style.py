"""One look for all figures: SVG whose ink follows the page, light or dark."""

import io
import re

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

INK, GRID = "#010203", "#040506"
"""Stand-ins that become `currentColor` and the page's `--line`."""

WIDE, NARROW = 10.6, 5.1
"""Widths in inches: the whole page, and half of it."""

STYLE = {
    "font.size": 9, "axes.titlesize": 9.5, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GRID,
    "axes.grid": True, "axes.grid.axis": "y", "axes.axisbelow": True, "grid.color": GRID,
    "grid.linewidth": 0.8, "text.color": INK, "axes.labelcolor": INK, "axes.titlecolor": INK,
    "xtick.color": INK, "ytick.color": INK, "xtick.major.size": 0, "ytick.major.size": 0,
    "legend.frameon": False, "lines.linewidth": 1.6, "lines.solid_capstyle": "round",
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "svg.fonttype": "none", "svg.hashsalt": "polytask", "figure.constrained_layout.use": True,
}  # fmt: skip


def styled() -> plt.rc_context:
    """The context in which a figure is drawn."""
    return plt.rc_context(STYLE)


def svg(figure: Figure) -> str:
    """A figure as inline SVG; the same figure gives the same text."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    plt.close(figure)
    text = stream.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor").replace(GRID, "var(--line)")
    text = re.sub(r'<g id="[a-z]+[a-z_]*_\d+">', "<g>", text)
    return re.sub(r' (?:width|height)="[\d.]+pt"', "", text, count=2)
