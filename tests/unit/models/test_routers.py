import torch

from polytask.models.routers import MixtureOfRepresentations, RouterMLP, gate, mix


def test_gate_is_equation_4():
    clean, std, noise = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5, 2.0]]), torch.ones(1, 2)
    expected = torch.tensor([1.5, 4.0]).exp()
    torch.testing.assert_close(gate(clean, std, noise)[0], expected / expected.sum())


def test_router_weights_sum_to_one_for_every_image_in_training_and_evaluation():
    router = MixtureOfRepresentations(16, 4)
    for training in (True, False):
        gates = router.train(training)(torch.randn(3, 16, 2, 5))
        assert gates.shape == (3, 4)
        assert (gates > 0).all()
        torch.testing.assert_close(gates.sum(-1), torch.ones(3))


def test_one_gate_weighs_every_patch_of_an_image_alike():
    first, second = torch.zeros(2, 8, 3, 4), torch.ones(2, 8, 3, 4)
    mixed = mix([first, second], torch.tensor([[0.25, 0.75], [1.0, 0.0]]))
    assert mixed[0].eq(0.75).all() and mixed[1].eq(0.0).all()


def test_noise_is_drawn_per_image():
    router = MixtureOfRepresentations(16, 4).train()
    same_image_twice = torch.randn(1, 16, 2, 5).expand(2, -1, -1, -1)
    gates = router(same_image_twice)
    assert not torch.equal(gates[0], gates[1])


def test_evaluation_is_deterministic_and_training_follows_the_seed():
    router, stem = MixtureOfRepresentations(16, 4), torch.randn(2, 16, 2, 5)
    assert torch.equal(router.eval()(stem), router(stem))
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(router.train()(stem))
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])


def test_router_averages_what_its_mlp_says_of_every_token():
    router, tokens = RouterMLP(16, 3), torch.randn(2, 7, 16)
    torch.testing.assert_close(router(tokens), router.module(tokens).mean(1))


def test_the_order_of_patches_does_not_matter():
    router, stem = MixtureOfRepresentations(16, 3).eval(), torch.randn(1, 16, 2, 5)
    torch.testing.assert_close(router(stem), router(stem.flip(2, 3)))
