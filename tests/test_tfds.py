"""TFDS for real: download over loopback, prepare, read back; and what is said where it cannot be done."""

import functools
import http.server
import importlib.util
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from idx_files import some_arrays, write_idx_folder

from jaxreg.data import Dataset, load_dataset, tfds_source
from jaxreg.errors import InputError

ROOT = Path(__file__).parents[1]

pytest.importorskip("tensorflow_datasets", reason="tensorflow_datasets is not installed")
needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="preparing TFDS data needs TensorFlow: pip install 'jaxreg[tfds]'",
)

NUM_TRAIN, NUM_TEST = 200, 50


class Server(NamedTuple):
    """A local HTTP server: its address and the paths that were asked for."""

    url: str
    requests: list[str]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and notes the requests instead of printing them."""

    def __init__(self, *args: Any, requests: list[str], **kwargs: Any) -> None:
        self.requests = requests
        super().__init__(*args, **kwargs)

    def log_message(self, format: str, *args: Any) -> None:
        self.requests.append(self.path)


@pytest.fixture(scope="module")
def arrays() -> dict[str, Any]:
    return some_arrays(NUM_TRAIN, NUM_TEST, shape=(28, 28), num_classes=10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, Any]) -> Iterator[Server]:
    """Serves the four gzipped IDX files on a free port of the loopback interface."""
    folder = write_idx_folder(tmp_path_factory.mktemp("served"), arrays, gzipped=True)
    requests: list[str] = []
    handler = functools.partial(Handler, directory=str(folder), requests=requests)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield Server(f"http://127.0.0.1:{httpd.server_port}/", requests)
        httpd.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, server: Server, arrays: dict[str, Any]) -> tuple[Dataset, Path]:
    """Downloads and prepares `mnist` through the public path; returns the data and the folder."""
    from tensorflow_datasets.image_classification import mnist

    folder = tmp_path_factory.mktemp("tfds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setattr(mnist.MNIST, "URL", server.url)
        patch.setattr(mnist, "_TRAIN_EXAMPLES", NUM_TRAIN)
        patch.setattr(mnist, "_TEST_EXAMPLES", NUM_TEST)
        dataset = load_dataset("tfds:mnist", tfds_dir=str(folder))
    return dataset, folder


def in_order(images: np.ndarray, labels: np.ndarray) -> list[tuple[bytes, int]]:
    """Returns images and labels sorted, since TFDS stores its examples in an order of its own."""
    return sorted((image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True))


def without(*modules: str) -> str:
    """Returns code that hides modules as if they were not installed."""
    return f"""
import sys
from importlib.machinery import PathFinder
class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in {modules!r} else PathFinder.find_spec(name, path, target)
sys.meta_path[:] = [Hiding if finder is PathFinder else finder for finder in sys.meta_path]
"""


def run(code: str, *arguments: str) -> str:
    """Runs code in a fresh interpreter and returns what it prints on standard output."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def message_of(name: str, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_dataset(f"tfds:{name}", tfds_dir=str(folder))
    text = str(caught.value)
    assert "\n" not in text
    return text


# For real


@needs_tensorflow
@pytest.mark.slow
def test_tfds_data_downloaded_over_loopback_and_prepared_equal_the_idx_arrays(prepared, server, arrays):
    dataset, _ = prepared
    assert sorted(server.requests)[:1] == ["/t10k-images-idx3-ubyte.gz"]
    assert len(server.requests) == 4
    assert dataset.name == "tfds:mnist"
    assert dataset.num_classes == 10
    assert dataset.train_images.shape == (NUM_TRAIN, 28, 28, 1)
    assert dataset.test_images.shape == (NUM_TEST, 28, 28, 1)
    assert in_order(dataset.train_images, dataset.train_labels) == in_order(arrays["x_train"], arrays["y_train"])
    assert in_order(dataset.test_images, dataset.test_labels) == in_order(arrays["x_test"], arrays["y_test"])


@needs_tensorflow
@pytest.mark.slow
def test_a_prepared_tfds_folder_is_read_again_without_tensorflow_and_without_a_download(prepared, server):
    dataset, folder = prepared
    code = """
from jaxreg.data import load_dataset
print(load_dataset("tfds:mnist", tfds_dir=sys.argv[1]).fingerprint, "tensorflow" in sys.modules)
"""
    assert run(without("tensorflow") + code, str(folder)) == f"{dataset.fingerprint} False"
    assert len(server.requests) == 4


@needs_tensorflow
@pytest.mark.slow
def test_a_version_may_be_given_as_tfds_takes_it(prepared):
    dataset, folder = prepared
    assert load_dataset("tfds:mnist:3.0.1", tfds_dir=str(folder)).fingerprint == dataset.fingerprint


@needs_tensorflow
@pytest.mark.slow
def test_a_damaged_prepared_folder_is_refused_with_the_way_out(prepared, tmp_path):
    _, folder = prepared
    broken = tmp_path / "mnist" / "3.0.1"
    broken.mkdir(parents=True)
    for file in (folder / "mnist" / "3.0.1").iterdir():
        content = file.read_bytes()
        (broken / file.name).write_bytes(content[: len(content) // 2] if "train" in file.name else content)
    text = message_of("mnist", tmp_path)
    assert text.startswith(f"tfds:mnist: cannot be read from {broken} (delete that folder to prepare it again): ")


@needs_tensorflow
@pytest.mark.slow
def test_colour_images_of_another_size_are_read_and_a_test_set_is_held_out_of_a_set_that_has_none(
    tmp_path, monkeypatch
):
    import tensorflow_datasets as tfds

    images = np.random.default_rng(0).integers(0, 256, (9, 7, 11, 3), np.uint8)

    class JaxregColour(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")
        SPLITS = ("train", "test")

        def _info(self):
            features = {
                "picture": tfds.features.Image(shape=(7, 11, 3)),
                "kind": tfds.features.ClassLabel(num_classes=4),
            }
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features), supervised_keys=("picture", "kind")
            )

        def _split_generators(self, dl_manager):
            return {split: self._generate_examples() for split in self.SPLITS}

        def _generate_examples(self):
            for i, image in enumerate(images):
                yield i, {"picture": image, "kind": i % 4}

    dataset = load_dataset("tfds:jaxreg_colour", tfds_dir=str(tmp_path / "both"))
    assert dataset.image_shape == (7, 11, 3)
    assert in_order(dataset.test_images, dataset.test_labels) == in_order(images, np.arange(9) % 4)

    monkeypatch.setattr(JaxregColour, "SPLITS", ("train", "validation"))
    dataset = load_dataset("tfds:jaxreg_colour", tfds_dir=str(tmp_path / "one"))
    assert (len(dataset.train_images), len(dataset.test_images)) == (5, 4)  # one of each class at least
    monkeypatch.setattr(JaxregColour, "SPLITS", ("test", "validation"))
    text = message_of("jaxreg_colour", tmp_path / "none")
    assert text == "tfds:jaxreg_colour: needs a split train; it has test, validation"


@needs_tensorflow
@pytest.mark.slow
def test_a_server_that_does_not_answer_is_reported_in_one_line(tmp_path, monkeypatch, capfd):
    from tensorflow_datasets.image_classification import mnist

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]  # bound but not listening: connections are refused
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(mnist.MNIST, "URL", f"http://127.0.0.1:{port}/")
        monkeypatch.setattr(tfds_source, "_DOWNLOAD_RETRIES", 1)
        text = message_of("mnist", tmp_path)
    assert text.startswith("tfds:mnist: cannot be downloaded and prepared: ")
    assert "Connection refused" in text
    assert capfd.readouterr().out == ""


# Names and installations


def test_an_unknown_tfds_name_is_refused_with_near_names(tmp_path):
    text = message_of("fashion_mnits", tmp_path)
    assert text.startswith("tfds:fashion_mnits: TFDS has no such data set; near names: fashion_mnist")


def test_an_unknown_tfds_version_is_refused_with_the_known_one(tmp_path):
    text = message_of("mnist:9.9.9", tmp_path)
    assert text == "tfds:mnist:9.9.9: is not usable: Dataset mnist cannot be loaded at version 9.9.9, only: 3.0.1."


@pytest.mark.parametrize(
    ("name", "known"),
    [("emnist/digit", "balanced, byclass, bymerge, digits, letters, mnist"), ("mnist/small", "none")],
)
def test_an_unknown_tfds_configuration_is_refused_with_the_known_ones(tmp_path, name, known):
    assert message_of(name, tmp_path) == f"tfds:{name}: no such configuration; {name.split('/')[0]} has: {known}"


def test_a_name_that_is_none_is_refused_with_the_form(tmp_path):
    text = message_of("no name", tmp_path)
    assert text.startswith("tfds:no name: is not usable: Parsing builder name string no name failed.")
    assert "dataset_name[/config_name][:version]" in text


def test_a_tfds_set_of_text_is_refused_before_any_download(tmp_path):
    assert message_of("glue", tmp_path) == (
        "tfds:glue: is no image-classification set; it must pair an image with a class label"
    )


def test_a_tfds_set_of_images_of_differing_sizes_is_refused_before_any_download(tmp_path):
    assert message_of("cats_vs_dogs", tmp_path) == (
        "tfds:cats_vs_dogs: its images differ in size (shape (None, None, 3)); all must have one size"
    )


def test_preparing_without_tensorflow_says_what_to_install(tmp_path):
    code = """
from jaxreg.data import load_dataset
try:
    load_dataset("tfds:mnist", tfds_dir=sys.argv[1])
except ValueError as error:
    print(error)
"""
    folder = tmp_path / "mnist" / "3.0.1"
    assert run(without("tensorflow") + code, str(tmp_path)) == (
        f"tfds:mnist: is not prepared in {folder}, and preparing needs TensorFlow; "
        "install it with: pip install 'jaxreg[tfds]'"
    )


@pytest.mark.parametrize("module", ["tensorflow_datasets", "array_record"])
def test_a_missing_package_is_named_with_what_to_install(tmp_path, monkeypatch, module):
    monkeypatch.setattr(tfds_source, "_installed", lambda name: name != module)
    assert message_of("mnist", tmp_path) == (
        f"tfds:mnist: needs the package {module}, which is not installed; install it with: pip install 'jaxreg[tfds]'"
    )
