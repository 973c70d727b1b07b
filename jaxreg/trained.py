"""A finished run's network, loaded from its run folder without knowledge of the run, and ready to classify images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxreg.core.model import Classifier, Variables, predict_logits, predict_proba
from jaxreg.data import Form, checked_images, normalize_pixels, refuse_masked
from jaxreg.data.form import FAINT, contrasts, read_form
from jaxreg.engine.checkpoint import ImageShape, load_checkpoint
from jaxreg.engine.jax_settings import pinned
from jaxreg.engine.run_folder import CELLS, weights_folder
from jaxreg.errors import InputError
from jaxreg.files import check_is_file, expanded, read_json
from jaxreg.methods import own_methods
from jaxreg.methods.method import Method
from jaxreg.own import checked_network, own_network
from jaxreg.records import cell_name

IMAGES_AT_ONCE = 1000


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network and what is known of it."""

    model: Classifier
    image_shape: ImageShape  # (height, width, channels) of the images that it takes
    variables: Variables  # its weights and, with batch normalization, its running averages, as NumPy arrays
    settings: Mapping[str, Any]  # of the study, as in config.json
    description: Mapping[str, Any]  # of its trial: number, methods, hyperparameters, accuracies
    form: Form  # what the images that it was trained on are like
    class_names: tuple[str, ...]  # of its answers 0..C-1

    def predict_logits(self, images: np.ndarray) -> np.ndarray:
        """Returns the logits [N, num_classes] of images [N, H, W, C], or [N, H, W] with one channel.

        Pixels are integers in 0..255 (in 0..1 where the network was trained on integers of 0 and 1), floats in 0..1 or
        booleans, as they are before the study's own transformation, which is done here.

        Raises:
          InputError: the images have another shape, dtype or range, or there are none; or most of them, blank ones
            aside, are fainter than nearly all that the network was trained on, as 0 and 1 among integers in 0..255 are.
        """
        return self._predict(predict_logits, self.pixels(images))

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        """Returns the probabilities [N, num_classes], the Softmax of the logits; images as for `predict_logits`."""
        return self.proba_of_pixels(self.pixels(images))

    def pixels(self, images: np.ndarray, name: str = "predict") -> np.ndarray:
        """Returns images of any size, checked, as [N, H, W, C] on the scale 0..255; `name` says where they are from."""
        refuse_masked(name, images)
        white = self.form.white
        try:
            array = np.asarray(images)
        except (TypeError, ValueError) as error:  # of lists of different lengths, for one
            raise InputError(f"{name}: given images are no array ({error})") from None
        pixels = checked_images(name, "given", array, white)
        contrast = contrasts(pixels)
        seen = pixels[contrast > 0]
        faint = contrast[contrast > 0] < min(FAINT, self.form.least_contrast)
        if len(seen) and faint.mean() > 0.5:
            low, high = seen[faint].min(), seen[faint].max()
            raise InputError(
                f"{name}: {'given' if faint.all() else 'most given'} images use almost none of their scale, "
                f"{low:.3g}..{high:.3g} of 0..255; the network was trained on hardly any so faint: give integers in "
                f"0..{white} or floats in 0..1; images that are right so are answered among as many that are not faint"
            )
        return pixels

    def proba_of_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """Returns the probabilities [N, num_classes] of what `pixels` returns."""
        return self._predict(predict_proba, pixels)

    @pinned()
    def _predict(self, predict: Callable[[Classifier, Variables, Any], jax.Array], pixels: np.ndarray) -> np.ndarray:
        if pixels.shape[1:] != self.image_shape:
            raise InputError(f"predict: images have shape {pixels.shape[1:]}, the network takes {self.image_shape}")
        variables = jax.device_put(self.variables)
        chunks = [
            np.asarray(predict(self.model, variables, normalize_pixels(pixels[i : i + IMAGES_AT_ONCE])))
            for i in range(0, len(pixels), IMAGES_AT_ONCE)
        ]
        return np.concatenate(chunks)


@pinned()
def load_trained(
    run_folder: str | Path,
    cell: str | None = None,
    methods: Sequence[str | Method] = (),
    network: str | type | None = None,
) -> Trained:
    """Is `jaxreg.load`."""
    folder = Path(expanded(str(run_folder), "run folder"))
    config = _read_config(folder)
    place = _place(folder, cell, in_blocks=config["identity"].get("tuning") == "per-block")
    own = own_methods([expanded(path, "methods") if isinstance(path, str) else path for path in methods])
    given = own_network(network).cls if isinstance(network, str) else network and checked_network(network, "network")
    model, image_shape, variables, description = load_checkpoint(place, own, given)
    _refuse_foreign(place, description, config["identity"], _recorded(folder, cell), cell)
    try:
        form, names = read_form(description["images"]), description.get("class_names", range(model.num_classes))
        class_names = tuple(str(names[i]) for i in range(model.num_classes))
    except (KeyError, IndexError, TypeError, ValueError):
        raise InputError(
            f"{place}: weights that do not say what their training images are like, as those of an older version; "
            "the same command, run again with the same settings, makes them again"
        ) from None
    return Trained(model, image_shape, variables, config["settings"], description, form, class_names)


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise InputError(f"{folder}: not a run folder of jaxreg: there is no config.json in it")
    config = _read_json(path)
    if not (isinstance(config.get("identity"), dict) and isinstance(config.get("settings"), dict)):
        raise InputError(f"{path}: not a config.json of jaxreg")
    return config


def _read_json(path: Path) -> dict[str, Any]:
    try:
        check_is_file(path, "one of a run folder is needed")
        return read_json(path)
    except (OSError, ValueError, TypeError, RecursionError):
        raise InputError(f"{path}: not a {path.name} of jaxreg") from None


def _place(folder: Path, cell: str | None, in_blocks: bool) -> Path:
    cells = sorted(path.name.replace("-", "/") for path in (folder / CELLS).glob("*") if path.suffix == "")
    if cell is not None and cell not in cells:
        raise InputError(f"{folder}: no weights of cell {cell!r}; there are those of {', '.join(cells) or 'no cell'}")
    place = weights_folder(folder, cell)
    if not place.exists():
        tuning, once = folder / "tuning", "a search keeps its best, a verdict that of its tuning with --tuning once"
        hint = f"a verdict's networks are in {tuning}" if tuning.is_dir() else "has a trial ended that did not diverge?"
        if in_blocks:
            hint = f"a verdict that tunes in every block keeps no networks; {once}"
        raise InputError(f"{folder}: no {place.name}/ with weights in it; {hint}")
    return place


def _recorded(folder: Path, cell: str | None) -> tuple[float, int] | None:
    """Returns accuracy and trial that summary.json has for the study or the cell; None where it says nothing."""
    path = folder / "summary.json"
    if not path.exists():  # not finished yet, or the tuning study of a verdict
        return None
    summary = _read_json(path)
    try:
        if cell is None:
            return float(summary["best_value"]), int(summary["best_trial"])
        best = summary["best_by_cell"][cell]
        return float(best.get("score", best["trial_valid_accuracy"])), int(best["trial"])
    except (KeyError, TypeError, ValueError):  # of a shorter study, in which it had no best
        return None


def _refuse_foreign(
    place: Path, about: Mapping[str, Any], identity: Any, recorded: tuple[float, int] | None, cell: str | None
) -> None:
    """Raises an InputError where the weights are not of this run, of this cell, or worse than its summary's best."""
    own_cell = cell_name(tuple(dict(about.get("methods", {})).values()))
    if about.get("identity") != identity:
        raise InputError(f"{place}: weights of another study than config.json is of; run the study again")
    if cell not in (None, own_cell):
        raise InputError(f"{place}: weights of {own_cell or 'an older version'}, not of {cell}; run the study again")
    if recorded is not None:
        trial, accuracy = int(about.get("trial", -1)), float(about.get("score", about.get("trial_valid_accuracy", -1)))
        # A better trial is right: the study was continued since, and its summary not yet written.
        better = accuracy > recorded[0] or (accuracy == recorded[0] and trial < recorded[1])
        if (accuracy, trial) != recorded and (trial == recorded[1] or not better):
            raise InputError(
                f"{place}: weights of trial {trial}, which reaches {accuracy:.6g}, but summary.json says trial "
                f"{recorded[1]} with {recorded[0]:.6g}; run the study again"
            )
