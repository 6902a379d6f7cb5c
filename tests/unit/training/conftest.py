"""What an uninterrupted training gives, made once. Its bits are those of one thread."""

import pytest
import torch
from resuming import train


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory):
    torch.set_num_threads(1)
    return train(tmp_path_factory.mktemp("uninterrupted"))


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
