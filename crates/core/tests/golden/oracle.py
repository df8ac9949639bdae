"""Writes oracle.json: attention where plain float64 loses the digits that decide a near tie, computed with 100 digits.

Inputs are float64 and exact; only the standard library is used.  python3 oracle.py
"""
import json
import math
import random
from decimal import Decimal, getcontext

getcontext().prec = 100
R = random.Random(20240614)


def exact(x):
    return [exact(y) for y in x] if isinstance(x, list) else Decimal(x)


def attention(case):
    """The definition, nothing rearranged: logit = q'Mk/tau + b, or -(q-k)'M(q-k)/(2 tau)."""
    q, k, v, tau = (exact(case[name]) for name in ("queries", "keys", "values", "temperature"))
    d = len(k[0])
    kind, m = case["metric"]["kind"], exact(case["metric"].get("entries", []))
    if kind == "identity":
        m = [[Decimal(i == j) for j in range(d)] for i in range(d)]
    elif kind == "diagonal":
        m = [[m[i] if i == j else Decimal(0) for j in range(d)] for i in range(d)]

    def form(x, y):
        return sum(x[i] * sum(m[i][j] * y[j] for j in range(d)) for i in range(d))

    weights, output, log_normaliser = [], [], []
    for query in q:
        if case["bias"]["kind"] == "distance":
            apart = [[a - b for a, b in zip(query, key)] for key in k]
            logits = [-form(x, x) / (2 * tau) for x in apart]
        else:
            bias = exact(case["bias"].get("entries", [0.0] * len(k)))
            logits = [form(query, key) / tau + b for key, b in zip(k, bias)]
        top = max(logits)
        e = [(logit - top).exp() for logit in logits]
        w = [x / sum(e) for x in e]
        weights.append([float(x) for x in w])
        output.append([float(sum(x * row[c] for x, row in zip(w, v))) for c in range(len(v[0]))])
        log_normaliser.append(float(top + sum(e).ln()))
    return dict(weights=weights, output=output, log_normaliser=log_normaliser)


def normal(d, size=1.0):
    return [R.gauss(0, size) for _ in range(d)]


def of_length(d, length):
    x = normal(d)
    norm = math.sqrt(sum(a * a for a in x))
    return [a * length / norm for a in x]


def near(point, size):
    return [a + R.gauss(0, size) for a in point]


def case(name, queries, keys, metric=None, bias=None, temperature=None):
    c = dict(name=name, queries=queries, keys=keys, values=[normal(3) for _ in keys],
             metric=metric or dict(kind="identity"), bias=bias or dict(kind="zero"),
             temperature=temperature or math.sqrt(len(keys[0])))
    return c | attention(c)


def cases():
    for d in (2, 3, 32):
        # Keys of length 1000 that differ by about 0.001, and queries of length 1000: logits near 10^6/sqrt(D) that differ by about 1.
        base = of_length(d, 1000)
        keys = [near(base, 1e-3) for _ in range(6)] + [of_length(d, 1000) for _ in range(2)]
        queries = [base, of_length(d, 1000), of_length(d, 1)]
        m = [abs(x) + 0.1 for x in normal(d)]
        a = [normal(d) for _ in range(d)]
        full = [[sum(a[i][l] * a[j][l] for l in range(d)) for j in range(d)] for i in range(d)]
        full = [[full[max(i, j)][min(i, j)] for j in range(d)] for i in range(d)]
        skew = [normal(d) for _ in range(d)]
        tau = math.sqrt(d)
        bridge = [-sum(x * x for x in key) / (2 * tau) for key in keys]
        metrics = dict(identity=None, diagonal=dict(kind="diagonal", entries=m), full=dict(kind="full", entries=full))
        for label, metric in metrics.items():
            yield case(f"near ties, dot product, {label} metric, D={d}", queries, keys, metric)
            # A query inside the cluster, one 1000 away across it, and one far on the other side.
            yield case(f"near ties, distance, {label} metric, D={d}", [near(base, 1e-3), [2 * x for x in base], queries[1]], keys, metric,
                       dict(kind="distance"))
        yield case(f"near ties, dot product, metric without symmetry, D={d}", queries, keys, dict(kind="full", entries=skew))
        yield case(f"near ties, given bias, D={d}", queries, keys, None, dict(kind="given", entries=bridge))
        yield case(f"scattered keys of length 1000, D={d}", queries, [of_length(d, 1000) for _ in range(8)])
        one = of_length(d, 1)
        yield case(f"small temperature, D={d}", [near(one, 1e-7), of_length(d, 1)], [near(one, 1e-7) for _ in range(8)], temperature=1e-7)
        # Biases of 10^6 on ordinary products.
        yield case(f"large bias, D={d}", [normal(d), normal(d)], [normal(d) for _ in range(6)], None,
                   dict(kind="given", entries=[1e6 + R.gauss(0, 1) for _ in range(6)]))
        # Keys 1000 away from the query along different axes, so that the query is a corner of the box around them.
        yield case(f"keys equally far, D={d}", [[0.0] * d],
                   [[R.gauss(1000, 1e-3) if j % d == i else 0.0 for i in range(d)] for j in range(6)], None, dict(kind="distance"))
        # Opposite terms of 10^8 cancel to a logit near 1.
        big = [of_length(d, 1e4) for _ in range(5)]
        yield case(f"cancelling terms, D={d}", [[x * 1e4 for x in [-big[0][1], big[0][0]] + [0.0] * (d - 2)]],
                   [near(big[0][:2] + [0.0] * (d - 2), 1e-8) for _ in range(6)])


if __name__ == "__main__":
    with open("oracle.json", "w") as file:
        json.dump(dict(cases=list(cases())), file, separators=(",", ":"))
        file.write("\n")
