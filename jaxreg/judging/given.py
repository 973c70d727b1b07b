"""Scores from elsewhere, as the arrays that statistics take; whatever is wrong with them is said in one line."""

from __future__ import annotations

import csv
import itertools
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaxreg.data import refuse_masked
from jaxreg.errors import InputError
from jaxreg.files import MAX_BYTES, check_is_file
from jaxreg.judging.config import SCORE, JudgeConfig
from jaxreg.records import Cell, cell_name
from jaxreg.stats.judge import MOST
from jaxreg.stats.judgement import Confirmation, Repeated
from jaxreg.text import Counted, Text, counted, same

LEAST = 1e-100  # of differences: squares of smaller ones are none
LOSSES = re.compile(
    r"(?:^|[^a-z])([a-z]*loss(es)?|errors?|errs?|nll|brier|mse|rmse|mae|mape|perplexity|ppl|(cross)?entropy|xent|wer|cer|eer"
    r"|fpr|fnr|costs?|neg(ative)?_?(log_?)?likelihood|deviance|hinge|kld?|divergence|misclassifi(ed|cations?)|bpc|bpd|fid"
    r"|risk|regret)(?:[^a-z]|$)",
    re.IGNORECASE,
)
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # where a word begins in errorRate
NO_SHARES = re.compile(  # which may lie within 0..1 and below it
    r"(?:^|[^a-z])(r_?[2²]|r_?sq(uared)?|mcc|matthews|kappa|corr(elation\w*)?|pearson\w*|spearman\w*|kendall\w*|ssim"
    r"|skill|nse|ari)(?:[^a-z]|$)",
    re.IGNORECASE,
)
EXPORT = "scores.npz"  # of a verdict's run folder
NAMES = {SCORE: Text("score", "점수")}
VALUES = Counted("{n} value", "{n} values", "값이 {n}개")
COLUMNS = Counted("{n} column", "{n} columns", "열이 {n}개")
FACTORS = Counted("{n} factor", "{n} factors", "요인 {n}개")
WRONG_LENGTH = Text(
    "{path} line {line}: {there}, where the first line names {needed}",
    "{path} {line}번째 줄: {there}인데 첫 줄은 {needed}입니다",
)
WANTED = Text(
    "a CSV file, an .npz file or a verdict's run folder is needed",
    "CSV 파일, .npz 파일 또는 판정(verdict)의 실행 폴더가 필요합니다",
)


NO_CSV = Text(
    "{path}: cannot be read as CSV in UTF-8 ({error}); {wanted}",
    "{path}: UTF-8 CSV로 읽을 수 없습니다({error}). {wanted}",
)
NO_NPZ = Text(
    "{path}: cannot be read as .npz without objects ({error}); {wanted}",
    "{path}: 객체가 없는 .npz로 읽을 수 없습니다({error}). {wanted}",
)
TWICE = Text(
    "{where}: the column {name!r} is there twice; each needs a name of its own",
    "{where}: 열 {name!r}이 두 번 있습니다. 이름은 열마다 달라야 합니다",
)
OTHER_MARK = Text(
    "{path}: its columns seem to be separated by {mark}; a comma is needed",
    "{path}: 열이 {mark}로 구분된 듯합니다. 쉼표로 구분해야 합니다",
)
EMPTY = Text(
    "{path}: empty; a line of column names and a row for each score are needed",
    "{path}: 비어 있습니다. 열 이름 한 줄과 점수마다 한 행이 필요합니다",
)
NO_COLUMN = Text(
    "{where}: no column {name!r}; --{option} names one of {columns}",
    "{where}: 없는 열 {name!r}. --{option}에 줄 수 있는 열: {columns}",
)
LACKING = Text(
    "{where}: {first} has no score, as {lacking} of {all} have not; each method needs each block, and each block the "
    "same test images",
    "{where}: 점수 {all}개 중 {lacking}개가 없습니다({first} 등). 방법마다 모든 블록이, 블록마다 같은 테스트 이미지가 "
    "필요합니다",
)
NO_NUMBER = Text(
    "{what} is {value!r}; a finite number is needed (for a run that failed the score of guessing)",
    "{what}: {value!r} 대신 유한한 수가 필요합니다(실패한 실행이면 찍었을 때의 점수)",
)


class Given(NamedTuple):
    """What was given: scores and what they are called."""

    confirmation: Confirmation
    score: Text


def read_file(config: JudgeConfig) -> Given:
    """Returns the scores of a CSV or .npz file, or those that a verdict's run folder was judged by.

    Raises:
      InputError: it cannot be read, or what is in it cannot be judged.
    """
    path = Path(config.scores)
    if path.is_dir():
        path = path / EXPORT
    check_is_file(path, WANTED)
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES // 2**30} GiB, which is the most that is read")
    return from_arrays(_arrays(path), str(path), config) if zipfile.is_zipfile(path) else _from_csv(path, config)


def _from_csv(path: Path, config: JudgeConfig) -> Given:
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            lines = [(reader.line_num, row) for reader in [csv.reader(file)] for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(NO_CSV.format(path=path, error=str(error), wanted=WANTED)) from None
    if not lines:
        raise InputError(EMPTY.format(path=path))
    (_, names), *rows = lines
    for line, row in rows:
        if len(row) != len(names):
            there, needed = counted(len(row), VALUES), counted(len(names), COLUMNS)
            raise InputError(WRONG_LENGTH.format(path=path, line=line, there=there, needed=needed))
    stripped = [name.strip() for name in names]
    if len(names) == 1 and (other := next((mark for mark in ";\t|" if mark in names[0]), None)):
        raise InputError(OTHER_MARK.format(path=path, mark=repr(other)))
    if twice := next((name for name in stripped if stripped.count(name) > 1), None):
        raise InputError(TWICE.format(where=path, name=twice))
    columns = {name.strip(): [row[place] for _, row in rows] for place, name in enumerate(names)}
    numbers = [line for line, _ in rows]
    return from_columns(columns, str(path), config, lambda place: f"line {numbers[place]}")


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(NO_NPZ.format(path=path, error=str(error), wanted=WANTED)) from None


def from_frame(frame: Any, config: JudgeConfig) -> Given:
    """Returns the scores of a table: a data frame or a mapping with columns of equal length, by their names."""
    columns = {}
    for key in frame if isinstance(frame, Mapping) else frame.columns:
        name, values = str(key), frame[key]
        if name in columns:
            raise InputError(TWICE.format(where="scores", name=name))
        refuse_masked(f"scores: column {name!r}", values)
        if isinstance(values, str) or not hasattr(values, "__len__"):
            raise InputError(f"scores: column {name!r} is {values!r}; a list with a value for each row is needed")
        columns[name] = list(values)
    if len({len(values) for values in columns.values()}) > 1:
        raise InputError("scores: its columns are not of one length")
    return from_columns(columns, "scores", config, lambda place: f"row {place}")


def from_columns(
    columns: Mapping[str, Sequence[Any]], where: str, config: JudgeConfig, at: Callable[[int], str]
) -> Given:
    """Returns the scores of a long table, one a row; `at` says where a row stands."""
    for option, name in (*(("factors", name) for name in config.factors), ("block", config.block)):
        _need(columns, name, option, where)
    _need(columns, config.score, "score", where)
    cells = list(zip(*(_texts(columns[name], where, name, at) for name in config.factors), strict=True))
    if not cells:
        raise InputError(f"{where}: no rows; a row for each score is needed")
    blocks = _texts(columns[config.block], where, config.block, at)
    images = _texts(columns[config.image], where, config.image, at) if config.image in columns else ["-"] * len(cells)
    found: dict[tuple[Cell, str, str], int] = {}
    scores = np.empty(len(cells))
    for place, key in enumerate(zip(cells, blocks, images, strict=True)):
        scores[place] = _number(columns[config.score][place], f"{where} {at(place)}: {config.score}")
        if found.setdefault(key, place) != place:
            hint = "" if config.image in columns else "; name the column of test images with --image"
            raise InputError(f"{where} {at(place)}: {_key(key)} has its score already in {at(found[key])}{hint}")
    names: list[list[Any]] = [list(dict.fromkeys(values)) for values in (cells, blocks, images)]
    size = math.prod(map(len, names))
    if len(found) < size:
        first = next(key for key in itertools.product(*names) if key not in found)
        counts = {"lacking": f"{size - len(found):,}", "all": f"{size:,}"}
        raise InputError(LACKING.format(where=where, first=_key(first), **counts))
    order = [found[key] for key in itertools.product(*names)]
    table = scores[order].reshape([len(own) for own in names])
    return _checked(Confirmation(config.factors, tuple(names[0]), table), where, config)


def from_arrays(arrays: Mapping[str, Any], where: str, config: JudgeConfig) -> Given:
    """Returns the scores of arrays: `scores` [method, block, image] or [method, block], and `methods`, their names.

    `methods` are names, or a row of names for each, one of each of the `factors`. A verdict's own export has `train`,
    `overlap`, `chance`, `failed`, `repeated` and `means_are_shares` too, as `Confirmation` has them.
    """
    if "scores" not in arrays:
        raise InputError(f"{where}: no array scores in it; it has {', '.join(arrays) or 'none'}")
    scores = np.asarray(arrays["scores"])
    if scores.dtype.kind not in "biuf" or scores.ndim not in (2, 3) or not scores.size:
        form = "numbers [method, block, image] or [method, block]"
        raise InputError(f"{where}: scores are {scores.dtype} {list(scores.shape)}; allowed are {form}")
    if not np.isfinite(scores).all():
        place = ", ".join(map(str, np.argwhere(~np.isfinite(scores))[0]))
        raise InputError(f"{where}: scores[{place}] is not a finite number")
    try:
        names = np.asarray(arrays.get("methods", [f"method {number}" for number in range(len(scores))]))
    except ValueError:  # rows of unequal length, some of which are of one name
        raise InputError(f"{where}: methods: rows of names of unequal length; each needs one of each factor") from None
    names = names[:, None] if names.ndim == 1 else names
    if names.ndim != 2 or len(names) != len(scores):
        needed = f"{len(scores)} names are needed, one each" if len(scores) > 1 else "1 name is needed"
        raise InputError(f"{where}: methods are of shape {list(names.shape)}; {needed}")
    numbered = [f"factor {number}" for number in range(names.shape[1])]
    default = config.factors if len(config.factors) == len(numbered) else numbered
    factors = tuple(map(str, np.atleast_1d(arrays.get("factors", default))))
    if len(factors) != names.shape[1]:
        there, needed = (counted(number, FACTORS).en for number in (len(factors), names.shape[1]))
        raise InputError(f"{where}: {there}, where methods have the names of {needed} each")
    cells = tuple(tuple(_text(name, f"{where}: methods") for name in row) for row in names.tolist())
    if len(set(cells)) < len(cells):
        twice = next(cell for cell in cells if cells.count(cell) > 1)
        raise InputError(f"{where}: method {cell_name(twice)} is there twice")
    known = {name: np.asarray(arrays[name], float) for name in ("train", "failed") if name in arrays}
    for name, values in known.items():
        if values.shape != scores.shape[:2] or not np.isfinite(values).all():
            raise InputError(f"{where}: {name} is of shape {list(values.shape)}; allowed are numbers [method, block]")
    single: dict[str, Any] = {
        name: _number(arrays[name], f"{where}: {name}") for name in ("overlap", "chance") if name in arrays
    }
    table = scores if scores.ndim == 3 else scores[:, :, None]
    repeated = _repeated(arrays["repeated"], table, where) if "repeated" in arrays else None
    shares = bool(np.asarray(arrays["means_are_shares"]).all()) if "means_are_shares" in arrays else None
    single |= {"failed": known.get("failed"), "repeated": repeated, "means_are_shares": shares}
    given = Confirmation(factors, cells, table, known.get("train"), **single)
    called = arrays.get("score")
    return _checked(given, where, config, None if called is None else Text(*map(str, called)))


def _repeated(counts: Any, scores: np.ndarray, where: str) -> Repeated:
    """Returns of what images blocks have their own."""
    given = np.asarray(counts)
    if given.shape != (3,) or given.dtype.kind not in "iu" or scores.shape[2] != 1:
        form = "the test and training images of a block and those of the pool, beside scores [method, block]"
        raise InputError(f"{where}: repeated is {given.dtype} {list(given.shape)}; allowed are {form}")
    repeated = Repeated(*map(int, given))
    if min(repeated) < 1 or repeated.num_images + repeated.num_trained > repeated.pool:
        raise InputError(f"{where}: repeated is {given.tolist()}; a block has no more images than the pool")
    return repeated


def _checked(given: Confirmation, where: str, config: JudgeConfig, score: Text | None = None) -> Given:
    """Returns what was given, with what the settings say of it."""
    words, size = HUMP.sub("_", config.score), float(np.abs(given.scores.astype(float)).max())
    if size > MOST:
        raise InputError(f"{where}: a score of {size:g}; allowed are numbers up to {MOST:g}")
    alone = given.scores.shape[2] == 1 and not given.repeated
    if np.ptp(given.scores.astype(float)) == 0 and (alone or given.scores.flat[0] not in (0, 1)):
        raise InputError(f"{where}: all scores are {given.scores.flat[0]}; there is nothing to judge")
    if 0 < np.ptp(given.scores.astype(float)) < LEAST:
        spread = f"{np.ptp(given.scores.astype(float)):g}"
        raise InputError(
            f"{where}: the scores differ by {spread} at most; allowed are differences of at least {LEAST:g}"
        )
    if LOSSES.search(words) and given.scores.min() >= 0:
        way_on = f"give its negative, or another name than {config.score!r} if more of it is better"
        raise InputError(f"{where}: {config.score} is called as a loss, and of scores more is better; {way_on}")
    best = float(given.scores.mean(axis=2).max())
    if config.chance is not None and config.chance >= best:
        raise InputError(f"--chance {config.chance:g}: allowed is a score below that of the best run, {best:g}")
    if len(given.factors) > 1 and any("/" in name for cell in given.cells for name in cell):
        raise InputError(f"{where}: a name of several factors has a / in it; allowed are names without")
    said = {name: getattr(config, name) for name in ("chance", "overlap") if getattr(config, name) is not None}
    if NO_SHARES.search(words):
        said["means_are_shares"] = False
    called = score or NAMES.get(config.score) or same(config.score.replace("_", " "))
    return Given(given._replace(**said), called)


def _need(columns: Iterable[str], name: str, option: str, where: str) -> None:
    if name not in columns:
        named = {"name": name, "option": option, "columns": ", ".join(columns) or Text("none", "없음")}
        raise InputError(NO_COLUMN.format(where=where, **named))


def _texts(values: Sequence[Any], where: str, name: str, at: Callable[[int], str]) -> list[str]:
    return [_text(value, f"{where} {at(place)}: {name}") for place, value in enumerate(values)]


def _text(value: Any, what: str) -> str:
    """Returns what names a method, a block or an image: 1 and 1.0 are one name, as a table may have made it."""
    number = isinstance(value, float | np.floating)
    text = str(int(value) if number and np.isfinite(value) and value == int(value) else value).strip()
    missing = value is None or type(value).__name__ in ("NAType", "NaTType")  # the latter are pandas'
    if missing or not text or text == "nan" or not text.isprintable():
        raise InputError(f"{what} is {text!r}; a name is needed")
    return text


def _number(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise InputError(NO_NUMBER.format(what=what, value=str(value).strip()))
    return number


def _key(key: tuple[Cell, str, str]) -> str:
    cell, block, image = key
    return f"method {cell_name(cell)}, block {block}" + ("" if image == "-" else f", image {image}")
