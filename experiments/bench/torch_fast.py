"""The PyTorch loop of an engineer who wants it fast: no DataLoader, and no look at results before the last step."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from bench.torch_loop import DEVICE, TorchCNN, tensors
from bench.workload import BATCH_SIZE, LEARNING_RATE, SEED, EpochTiming, Unavailable, Workload
from jaxreg.data import Split

VALID_BATCHES = (32, 250, 1000)
MODES = {"cpu": "default", "cuda": "reduce-overhead"}  # on a GPU the kernels of a step start as one graph
VALIDATIONS = 3  # of each number of images at once, after a first one; the fastest counts


class TorchFast:
    """Epochs by PyTorch: channels last, Adam as one kernel, and as many images validated at once as is fastest.

    Raises:
      Unavailable: it is to be compiled, and PyTorch's compiler does not work here.
    """

    def __init__(self, workload: Workload, norm_type: str, compiled: bool = False) -> None:
        torch.manual_seed(SEED)
        self._train, self._valid = (_channels_last(split) for split in workload[1:])
        self._network = TorchCNN(workload.num_classes, norm_type).to(DEVICE, memory_format=torch.channels_last)
        self._optimizer = torch.optim.Adam(self._network.parameters(), lr=LEARNING_RATE, fused=True)
        self._measure = self._loss_and_right
        if compiled:
            self._measure = torch.compile(self._measure, dynamic=False, mode=MODES[DEVICE.type])
        try:
            self.valid_batch = min(VALID_BATCHES, key=self._validation_seconds)
        except Exception as error:  # of Python's tracer, a code generator or a C++ compiler: each has its own
            if not compiled:
                raise
            reason = (str(error).splitlines() or ["no reason given"])[0]
            raise Unavailable(f"torch.compile does not work here ({type(error).__name__}: {reason})") from error

    def epoch(self) -> EpochTiming:
        """Trains on every training image once, in a fresh order, then validates."""
        start = time.perf_counter()
        self._network.train()
        images, labels = self._train
        loss_sum, num_right = torch.zeros((), device=DEVICE), torch.zeros((), dtype=torch.int64, device=DEVICE)
        for rows in torch.randperm(len(labels), device=DEVICE).split(BATCH_SIZE):
            self._optimizer.zero_grad()
            loss, right = self._measure(images[rows], labels[rows])
            loss.backward()
            self._optimizer.step()
            loss_sum += loss.detach() * len(rows)
            num_right += right
        train_loss, train_accuracy = loss_sum.item() / len(labels), num_right.item() / len(labels)
        valid_accuracy = self.validate()
        return EpochTiming(time.perf_counter() - start, train_loss, train_accuracy, valid_accuracy)

    def validate(self) -> float:
        """Returns the accuracy on the validation images."""
        self._network.eval()
        num_right = torch.zeros((), dtype=torch.int64, device=DEVICE)
        with torch.inference_mode():
            for images, labels in zip(*(part.split(self.valid_batch) for part in self._valid), strict=True):
                num_right += self._measure(images, labels)[1]
        return num_right.item() / len(self._valid[1])

    def _loss_and_right(self, images: Any, labels: Any) -> tuple[Any, Any]:
        logits = self._network(images)
        return cross_entropy(logits, labels), (logits.argmax(1) == labels).sum()

    def _validation_seconds(self, valid_batch: int) -> float:
        self.valid_batch = valid_batch
        self.validate()
        seconds = []
        for _ in range(VALIDATIONS):
            start = time.perf_counter()
            self.validate()
            seconds.append(time.perf_counter() - start)
        return min(seconds)


def _channels_last(split: Split) -> tuple[Any, Any]:
    images, labels = tensors(split)
    return images.to(DEVICE, memory_format=torch.channels_last), labels.to(DEVICE)
