"""The PyTorch loop of the study's kind: DataLoader, zero_grad, backward, step, and `.item()` at every step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from bench.workload import BATCH_SIZE, LEARNING_RATE, SEED, VALID_BATCH, EpochTiming, Workload
from jaxreg.data import Split

# One group of all channels and positions, with scale and shift per channel: the layer norm of the study.
_CONV_NORMS: dict[str, Callable[[int], Any]] = {
    "none": lambda channels: nn.Identity(),
    "batch": nn.BatchNorm2d,
    "layer": lambda channels: nn.GroupNorm(1, channels),
}
_DENSE_NORMS = _CONV_NORMS | {"batch": nn.BatchNorm1d}


DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class TorchCNN(nn.Module):
    """The network of the study on images [B, 1, 28, 28]; returns logits."""

    def __init__(self, num_classes: int, norm_type: str) -> None:
        super().__init__()
        norm, dense_norm = _CONV_NORMS[norm_type], _DENSE_NORMS[norm_type]
        self.conv1 = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), norm(32), nn.ReLU(), nn.MaxPool2d(2))
        self.conv2 = nn.Sequential(nn.Conv2d(32, 64, 3), norm(64), nn.ReLU(), nn.MaxPool2d(2))
        self.conv3 = nn.Sequential(nn.Conv2d(64, 64, 3), norm(64), nn.ReLU())
        self.dense1 = nn.Sequential(nn.Linear(64 * 4 * 4, 64), dense_norm(64), nn.Sigmoid())
        self.dense2 = nn.Linear(64, num_classes)

    def forward(self, images: Any) -> Any:
        """Returns logits [B, num_classes]."""
        x = self.conv3(self.conv2(self.conv1(images)))
        return self.dense2(self.dense1(x.flatten(1)))


class TorchLoop:
    """Epochs by PyTorch with its default initialisation."""

    valid_batch = VALID_BATCH

    def __init__(self, workload: Workload, norm_type: str) -> None:
        torch.manual_seed(SEED)
        train, valid = (TensorDataset(*tensors(split)) for split in workload[1:])
        self._train = DataLoader(train, batch_size=BATCH_SIZE, shuffle=True)
        self._valid = DataLoader(valid, batch_size=VALID_BATCH)
        self._sizes = len(workload.train.labels), len(workload.valid.labels)
        self._network = TorchCNN(workload.num_classes, norm_type).to(DEVICE)
        self._loss = nn.CrossEntropyLoss()
        self._optimizer = torch.optim.Adam(self._network.parameters(), lr=LEARNING_RATE)

    def epoch(self) -> EpochTiming:
        """Trains on every training image once, in a fresh order, then validates."""
        start = time.perf_counter()
        self._network.train()
        loss_sum, num_correct = 0.0, 0
        for images, labels in _on_device(self._train):
            self._optimizer.zero_grad()
            logits = self._network(images)
            loss = self._loss(logits, labels)
            loss.backward()
            self._optimizer.step()
            loss_sum += loss.item() * len(labels)
            num_correct += (logits.argmax(1) == labels).sum().item()
        valid_accuracy = self.validate()
        seconds = time.perf_counter() - start
        num_train, _ = self._sizes
        return EpochTiming(seconds, loss_sum / num_train, num_correct / num_train, valid_accuracy)

    def validate(self) -> float:
        """Returns the accuracy on the validation images."""
        self._network.eval()
        num_correct = 0
        with torch.no_grad():
            for images, labels in _on_device(self._valid):
                num_correct += (self._network(images).argmax(1) == labels).sum().item()
        return num_correct / self._sizes[1]


def _on_device(batches: Iterable[Any]) -> Iterator[Any]:
    """Yields batches on the device, each moved when it is its turn."""
    return ((images.to(DEVICE), labels.to(DEVICE)) for images, labels in batches)


def tensors(split: Split) -> tuple[Any, Any]:
    """Returns the images [N, 1, 28, 28] and labels [N] of a split as PyTorch takes them."""
    images = np.ascontiguousarray(split.images.transpose(0, 3, 1, 2))  # [N, H, W, C] -> [N, C, H, W]
    return torch.from_numpy(images), torch.from_numpy(split.labels.astype(np.int64))
