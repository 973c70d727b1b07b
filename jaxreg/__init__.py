"""Which regularization is best? A small CNN on little data, tuned with Optuna, answered by experiment.

The way down: `experiments/search.py`, `jaxreg.study.search`, `study.trial`, `core.fit`, `core.train`, `core.model`.
"""
