"""The same Principal Component Pursuit in numpy, float64, one thread: the textbook ADMM on the same planted matrices, until residual and
change are below 1e-7 of the matrix.

Prints JSON: microseconds for one call, the best of several runs.  python3 pursuit.py [--runs 30]
"""
import argparse
import json
import math
import os
import sys

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from attention import best


def normal_enough():
    """The numbers of the Rust bench, one after another."""
    state = 1
    while True:
        total = -6.0
        for _ in range(12):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            total += (state >> 11) / 2**53
        yield total


def planted(n, dim, rank):
    """A product of two thin matrices, with a twentieth of its entries moved by ten times as much."""
    numbers = normal_enough()
    fill = lambda n, dim: np.array([next(numbers) for _ in range(n * dim)]).reshape(dim, n).T
    matrix = fill(n, rank) @ fill(rank, dim)
    for column in range(dim):
        for row in range(n):
            moved, by = abs(next(numbers)) < 0.0627, 10 * next(numbers)
            if moved:
                matrix[row, column] += by
    return matrix


def shrink(x, threshold):
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0)


def split(m, tolerance=1e-7, steps=10_000):
    scale = 1 / math.sqrt(max(m.shape))
    mu = m.size / (4 * np.abs(m).sum())
    low, sparse, dual = np.zeros_like(m), np.zeros_like(m), np.zeros_like(m)
    bound = tolerance * np.linalg.norm(m)
    for step in range(1, steps + 1):
        low_before, sparse_before = low, sparse
        sparse = shrink(m - low + dual / mu, scale / mu)
        u, values, v = np.linalg.svd(m - sparse + dual / mu, full_matrices=False)
        low = (u * np.maximum(values - 1 / mu, 0)) @ v
        rest = m - low - sparse
        dual = dual + mu * rest
        if max(np.linalg.norm(x) for x in (rest, low - low_before, sparse - sparse_before)) <= bound:
            break
    return low, sparse, step


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30, help="how many runs to take the best of")
    runs = parser.parse_args().runs
    results = {}
    for n, dim, rank in ((11, 2, 1), (40, 40, 2), (100, 32, 3), (100, 100, 5)):
        matrix = planted(n, dim, rank)
        steps = split(matrix)[2]
        results[f"pursuit {n}x{dim} rank {rank}, {steps} steps"] = best(lambda: split(matrix), runs)
    json.dump({"unit": "us", "numpy": np.__version__, "python": sys.version.split()[0], "best": results}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
