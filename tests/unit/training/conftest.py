"""What an uninterrupted training gives, made once."""

import pytest
import torch
from resuming import train


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory):
    torch.set_num_threads(1)
    return train(tmp_path_factory.mktemp("uninterrupted"))
