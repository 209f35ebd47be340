"""How fast the platform is and was: docs/decisions/0025-performance-samples.md.

Processes write samples of ten seconds (`sampler`), a job folds them into longer ones (`folding`),
and questions are answered from the coarsest that do (`reading`).
"""
