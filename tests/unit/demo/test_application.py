"""Requests as a browser sends them, without a server: what is not of the page is refused."""

import pytest
from demo_models import TASKS, make_model, make_photo, photo_file
from starlette.testclient import TestClient

from polytask.demo import application, visits
from polytask.demo.application import MARK, Application
from polytask.demo.look import open_explorer

WHERE = {"task": "depth", "level": "-1"}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    explorer = open_explorer(make_model(folder))
    return Application(explorer, "<model>", [photo_file(folder)])


@pytest.fixture
def client(page):
    site = TestClient(page.starlette(["127.0.0.1"]), base_url="http://127.0.0.1:7860")
    site.headers[MARK] = "page"
    return site


def ask(client, path, visit="", content=b"", **values):
    return client.post(path, params={"visit": visit, **WHERE, **values}, content=content)


def test_the_page_names_model_tasks_and_experts_escaped_and_needs_no_other_server(client):
    said = client.get("/")
    assert "&lt;model&gt;" in said.text and "http" not in said.text.replace("http-equiv", "")
    assert all(f'value="{task}"' in said.text for task in TASKS)
    assert said.text.count("data-expert") == 3
    assert "default-src 'none'" in said.headers["Content-Security-Policy"]
    assert client.get("/page.css").status_code == client.get("/page.js").status_code == 200


def test_a_visit_goes_from_photo_to_weights_and_back(client, tmp_path):
    photo = make_photo(tmp_path / "cat.png").read_bytes()
    opened = ask(client, "/open", content=photo, name="cat.png").json()
    visit = opened["visit"]
    assert visit and opened["gallery"].count("<img") == len(TASKS)
    moved = ask(client, "/move", visit, expert="0", value="95").json()
    assert moved["comparison"] != opened["comparison"]
    assert moved["gallery"] is moved["photo"] is moved["sliders"] is None
    assert ask(client, "/only", visit, expert="1").json()["sliders"] == [0, 100, 0]
    assert ask(client, "/reset", visit).json()["comparison"] == opened["comparison"]
    assert ask(client, "/turn", visit, task="edge").json()["visit"] == visit


def test_examples_are_photos_too(client):
    assert ask(client, "/example", example="0").json()["photo"]


def test_two_visits_do_not_see_each_other(client):
    one, other = (ask(client, "/example", example="0").json()["visit"] for _ in range(2))
    assert one != other
    ask(client, "/only", one, expert="1")
    assert "yours" not in ask(client, "/turn", other).json()["gates"]


def test_a_visit_that_is_forgotten_asks_for_the_photo_again(client, monkeypatch):
    monkeypatch.setattr(visits, "MOST", 1)
    first, _ = (ask(client, "/example", example="0").json()["visit"] for _ in range(2))
    assert "bring a photo" in ask(client, "/move", first, expert="0", value="5").json()["message"]


def test_a_file_that_is_too_large_is_not_read_to_its_end(client, monkeypatch):
    monkeypatch.setattr(application, "MOST_BYTES", 10)
    said = ask(client, "/open", content=b"x" * 100, name="huge.jpg").json()
    assert "huge.jpg" in said["message"] and said["visit"] == ""


@pytest.mark.parametrize(
    "values",
    [{"task": "../etc"}, {"level": "x"}, {"level": "7"}, {"expert": "9"}, {"value": "much"}],
)
def test_what_the_page_never_asks_is_refused(client, values):
    visit = ask(client, "/example", example="0").json()["visit"]
    assert ask(client, "/move", visit, **{"expert": "0", "value": "1", **values}).status_code == 400


def test_other_pages_cannot_ask_and_other_names_do_not_lead_here(page, client):
    del client.headers[MARK]
    assert ask(client, "/turn").status_code == 403
    elsewhere = TestClient(page.starlette(["127.0.0.1"]), base_url="http://evil.example")
    assert elsewhere.get("/").status_code == 400
