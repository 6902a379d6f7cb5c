"""What of a model is trained, said by `requires_grad` as each rule's script does."""

from polytask.models.multitask import MultiTaskModel
from polytask.models.realignment import train_realignment


def everything(model: MultiTaskModel) -> None:
    """Fine-tuning."""
    model.student.train_all()


def heads_alone(model: MultiTaskModel) -> None:
    """Probing."""
    model.student.requires_grad_(False)


def encoder_alone(model: MultiTaskModel) -> None:
    """Learnt coefficients: gradients reach the merged weights, of which there are as many."""
    model.requires_grad_(False)
    model.student.requires_grad_(True)


def paths_and_heads(model: MultiTaskModel) -> None:
    """Re-alignment of the representation, as the paper says."""
    train_realignment(model, with_heads=True)


def paths_alone(model: MultiTaskModel) -> None:
    """Re-alignment of the representation, as the official code does it."""
    train_realignment(model, with_heads=False)
