"""Judges what was trained elsewhere, by any framework: scores in, the verdict's intervals, words, figures and page out.

(Its name is not `judge`, which is a function of the package.)
"""
