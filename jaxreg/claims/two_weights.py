"""The loss as a function of two weights of the last layer, and its optimum within a constraint; NumPy in float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit

DIRECTIONS = 1440  # points on a boundary; a multiple of 4, so that the corners are among them
ALL_AROUND = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)


class TwoWeights(NamedTuple):
    """Two weights into one class of a softmax layer, everything else fixed.

    With features h [N, 2] and the class's other input `rest` [N]:

        L0(w) = mean(log(exp(rest + h w) + exp(others)) - score),   score = rest + h w where the label is the class

    which is convex in w.
    """

    features: np.ndarray
    rest: np.ndarray
    others: np.ndarray  # [N] log of the summed exponentials of all other classes
    is_class: np.ndarray  # [N] bool
    truth: np.ndarray  # [N] logit of the label where that is another class

    def loss(self, w: np.ndarray) -> np.ndarray:
        """Returns the mean loss at each of the weights [..., 2]."""
        logit = self.rest + w @ self.features.T
        score = np.where(self.is_class, logit, self.truth)
        return np.asarray((np.logaddexp(logit, self.others) - score).mean(-1))

    def gradient(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns gradient [2] and Hessian [2, 2] at one pair of weights."""
        p = expit(self.rest + self.features @ w - self.others)
        hessian = (self.features * (p * (1 - p))[:, None]).T @ self.features / len(p)
        return ((p - self.is_class)[:, None] * self.features).mean(0), hessian


def make_pair(
    h: np.ndarray, kernel: np.ndarray, bias: np.ndarray, labels: np.ndarray, i: int, j: int, k: int
) -> TwoWeights:
    """Returns the loss over the weights from features i and j to class k; `h` [N, F], `kernel` [F, C], `labels` [N]."""
    logits = h @ kernel + bias
    features = h[:, [i, j]]
    rest = logits[:, k] - features @ kernel[[i, j], k]
    others = np.logaddexp.reduce(np.delete(logits, k, 1), axis=1)
    return TwoWeights(features, rest, others, labels == k, logits[np.arange(len(labels)), labels])


def optimum(pair: TwoWeights, start: np.ndarray, steps: int = 50) -> np.ndarray | None:
    """Returns the unconstrained optimum by Newton's method with halved steps, or None where it is not reached."""
    w = np.array(start, float)
    for _ in range(steps):
        gradient, hessian = pair.gradient(w)
        if np.abs(gradient).max() < 1e-10:
            return w
        step = np.linalg.solve(hessian + 1e-12 * np.eye(2), gradient)
        while pair.loss(w - step) > pair.loss(w) and np.abs(step).max() > 1e-12:
            step = step / 2
        w = w - step
    return None


def shapes(l1_ratio: float) -> dict[str, float]:
    """Returns the regions by the share r of L1 in what they bound: r sum |w| + (1 - r) sum w^2."""
    return {"l1": 1.0, "l2": 0.0, "elastic": l1_ratio}


def size(r: float, w: np.ndarray) -> np.ndarray:
    """Returns what a shape bounds, of weights [..., 2]."""
    return np.asarray(r * np.abs(w).sum(-1) + (1 - r) * np.square(w).sum(-1))


def boundary(r: float, bound: float, angles: np.ndarray = ALL_AROUND) -> np.ndarray:
    """Returns the points [..., 2] in the directions of angles [...] where the shape's size is the bound."""
    units = np.stack([np.cos(angles), np.sin(angles)], -1)
    units[np.abs(units) < 1e-12] = 0.0
    linear, square = r * np.abs(units).sum(-1), (1 - r) * np.square(units).sum(-1)
    radius = 2 * bound / (linear + np.sqrt(linear**2 + 4 * square * bound))  # square rho^2 + linear rho = bound
    return units * radius[..., None]


def constrained(pair: TwoWeights, r: float, bound: float) -> np.ndarray:
    """Returns the best point of the boundary: the constrained optimum, since L0 is convex and its own lies outside."""
    points = boundary(r, bound)
    best = int(pair.loss(points).argmin())
    step = 2 * np.pi / DIRECTIONS

    def loss(angle: float) -> float:
        return float(pair.loss(boundary(r, bound, np.array(angle))))

    around = (ALL_AROUND[best] - step, ALL_AROUND[best] + step)
    finer = minimize_scalar(loss, bounds=around, method="bounded", options={"xatol": 1e-12})
    if finer.fun < float(pair.loss(points[best])):  # never where the best is a corner
        return boundary(r, bound, np.array(finer.x))
    return np.asarray(points[best])


def misfit(pair: TwoWeights, shape: str, w: np.ndarray) -> float:
    """Returns how far the constrained optimum w is from an optimum of L0 + lambda * penalty, for the best lambda.

    Relative to the gradient's norm; 0 where some lambda makes both the same. A weight at 0 under L1 may have any
    gradient of at most lambda.
    """
    gradient, _ = pair.gradient(w)
    direction = np.sign(w) if shape == "l1" else w
    strength = max(0.0, -float(gradient @ direction) / float(direction @ direction))
    rest = gradient + strength * direction
    if shape == "l1":
        rest = np.where(w == 0, np.maximum(np.abs(gradient) - strength, 0), rest)
    return float(np.linalg.norm(rest) / np.linalg.norm(gradient))
