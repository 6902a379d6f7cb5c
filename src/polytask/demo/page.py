"""The page in gradio: where things stand, and which callback follows which event."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from polytask.demo import views
from polytask.demo.callbacks import Callbacks, Shown
from polytask.demo.look import Explorer, title_of
from polytask.demo.weights import EVERY_LEVEL
from polytask.drawing.colours import EXPERT_COLOURS

SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO_FONTS = ("ui-monospace", "Menlo", "Consolas", "monospace")
ONE_AT_A_TIME: dict[str, Any] = {
    "concurrency_id": "model",
    "concurrency_limit": 1,
    "show_progress": "hidden",
    "api_visibility": "private",
}


def as_it_came(payload: ImageData | None) -> str | None:
    """The file that was brought, whatever is in it: what it lacks is said by the callbacks."""
    return payload.path if payload else None


def theme() -> gr.themes.Base:
    """The colours of the project's reports, in fonts that every computer has."""
    return gr.themes.Base(
        primary_hue="rose", neutral_hue="slate", font=SYSTEM_FONTS, font_mono=MONO_FONTS
    ).set(block_radius="12px", button_small_radius="8px", checkbox_label_padding="6px 10px")


def style() -> str:
    """The page's own CSS, with a slider in the colour of each expert."""
    own = (Path(__file__).parent / "page.css").read_text()
    colours = [
        f".pt-expert-{at} {{ --slider-color: {colour}; }}"
        for at, colour in enumerate(EXPERT_COLOURS)
    ]
    return own + "\n".join(colours)


def build(explorer: Explorer, heading: str, examples: Sequence[Path]) -> gr.Blocks:
    """The page for a model, with photos to begin with; models without routers get no sliders."""
    page = Page(explorer)
    with gr.Blocks(
        title="polytask", analytics_enabled=False, delete_cache=(600, 3600), fill_width=True
    ) as blocks:
        gr.HTML(heading)
        with gr.Row(elem_classes="pt-columns"):
            with gr.Column(scale=5, min_width=360):
                page.left(examples)
            with gr.Column(scale=6, min_width=420, visible=bool(explorer.experts)):
                page.right()
        page.wire()
    return blocks


class Page:
    """The components of one page."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer, self.callbacks = explorer, Callbacks(explorer)

    def left(self, examples: Sequence[Path]) -> None:
        """The photo and all tasks."""
        self.session = gr.State(None, time_to_live=3600)
        self.photo = gr.Image(
            label="Photo", sources=["upload", "clipboard"], height=300, elem_id="photo",
            image_mode=None, type="filepath", buttons=["fullscreen"],
        )  # fmt: skip
        self.photo.preprocess = as_it_came
        if examples:
            gr.Examples(
                [[str(each)] for each in examples], self.photo, label="Or one of these",
                elem_id="examples", api_visibility="private",
            )  # fmt: skip
        self.message = gr.HTML("", elem_id="message")
        self.gallery = gr.HTML(views.nothing_yet(), elem_id="gallery")

    def right(self) -> None:
        """The chosen task's weights, and what they change."""
        explorer = self.explorer
        tasks = [(title_of(task), task) for task in explorer.tasks]
        levels = [("all levels", EVERY_LEVEL)]
        levels += [(f"level {at + 1}", at) for at in range(len(explorer.levels))]
        self.task = gr.Radio(tasks, value=explorer.tasks[0], label="Task", elem_id="task")
        gr.HTML(views.explanation(explorer.experts))
        self.gates = gr.HTML("", elem_id="gates")
        self.level = gr.Radio(levels, value=EVERY_LEVEL, label="Weights of", elem_id="level")
        with gr.Row(elem_classes="pt-sliders"):
            self.sliders = [
                gr.Slider(0, 100, 0, step=1, label=f"{name}, %", buttons=[], min_width=200,
                          elem_id=f"weight-{name}",
                          elem_classes=f"pt-expert-{at % len(EXPERT_COLOURS)}")
                for at, name in enumerate(explorer.experts)
            ]  # fmt: skip
        gr.HTML('<p class="pt-soft pt-small">Weights are divided by their sum, so that they always '
                "sum to one: the bars above show what counts.</p>")  # fmt: skip
        with gr.Row(elem_classes="pt-buttons"):
            self.reset = gr.Button(
                "Let the router decide",
                variant="primary",
                size="sm",
                min_width=150,
                elem_id="reset",
            )
            self.only = [
                gr.Button(f"Only {name}", size="sm", min_width=90, elem_id=f"only-{name}")
                for name in explorer.experts
            ]
        self.comparison = gr.HTML("", elem_id="comparison")

    def wire(self) -> None:
        """Say which callback follows which event."""
        call, where = self.callbacks, [self.session, self.task, self.level]
        pieces = [self.session, self.message, self.gates, self.comparison]
        whole = [*pieces, self.gallery, *self.sliders]
        self.photo.change(
            whole_of(call.open, len(self.sliders)), [self.photo, self.task, self.level], whole,
            concurrency_id="model", show_progress_on=self.gallery, api_visibility="private",
        )  # fmt: skip
        for chosen in (self.task, self.level):
            chosen.input(whole_of(call.turn, len(self.sliders)), where, whole, **ONE_AT_A_TIME)
        for at, (slider, button) in enumerate(zip(self.sliders, self.only, strict=True)):
            slider.input(
                pieces_of(partial(call.move, at)), [*where, slider], pieces,
                trigger_mode="always_last", **ONE_AT_A_TIME,
            )  # fmt: skip
            after = partial(call.only, at)
            button.click(with_sliders(after, len(self.sliders)), where,
                         [*pieces, *self.sliders], **ONE_AT_A_TIME)  # fmt: skip
        self.reset.click(with_sliders(call.reset, len(self.sliders)), where,
                         [*pieces, *self.sliders], **ONE_AT_A_TIME)  # fmt: skip


def pieces_of(callback: Callable[..., Shown]) -> Callable[..., list[Any]]:
    """A callback whose result is what gradio puts into session, message, gates, comparison."""

    def called(*values: Any) -> list[Any]:
        seen = callback(*values)
        return [seen.session, seen.message, seen.gates, seen.comparison]

    return called


def with_sliders(callback: Callable[..., Shown], count: int) -> Callable[..., list[Any]]:
    """The same, and the positions of `count` sliders."""

    def called(*values: Any) -> list[Any]:
        seen = callback(*values)
        return [
            seen.session, seen.message, seen.gates, seen.comparison, *_positions(seen, count)
        ]  # fmt: skip

    return called


def whole_of(callback: Callable[..., Shown], count: int) -> Callable[..., list[Any]]:
    """The same, with the gallery between."""

    def called(*values: Any) -> list[Any]:
        seen = callback(*values)
        return [
            seen.session, seen.message, seen.gates, seen.comparison, seen.gallery,
            *_positions(seen, count),
        ]  # fmt: skip

    return called


def _positions(seen: Shown, count: int) -> list[Any]:
    return [gr.skip()] * count if seen.sliders is None else seen.sliders
