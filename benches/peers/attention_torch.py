"""Attention at full size in PyTorch: the shapes, the seeds and the bits of the inputs of `eigenlens bench`, and the same JSON.

    python3 attention_torch.py --shape deit-s --dtype f16 --json torch.json --progress

Mechanisms, on [B, H, N, D] with a temperature of sqrt(D), inputs of seed 1 whose logits have a standard deviation of 1:

    softmax     softmax(q k'/sqrt(D)) v, with --causal also of the past alone
    smoother    Nadaraya-Watson: exp(-|q - k|^2/(2 sqrt(D))), divided by its sum
    elliptical  arXiv 2406.13770: diag(m) between query and key, m = mean |v - v of the layer before|, divided by its largest entry
    bn          arXiv 2406.13781, eqn 26: queries and keys less their mean key, beta = 1
    sh          arXiv 2406.13781, eqn 25: keys and values averaged over 1, 2, 4, 8, 1, ... neighbours, head by head; a short last block
    rpc         arXiv 2406.13762: n = 4 iterations, lambda = 0.6, the form that is printed; the queries ask, as
                those of all mechanisms do, or with --symmetric the attended keys

Every implementation is a row of its own:

    sdpa X                           scaled_dot_product_attention with its backend pinned: flash, cudnn, efficient, math
    sdpa X + compiled elementwise    the same with what the mechanism does before and between, compiled; for rpc n times, with one
                                     elementwise kernel between two of them ("eager elementwise" where nothing is compiled)
    eager                            as the paper prints it, operation by operation, with N x N scores
    flex, flex + compiled elementwise
                                     FlexAttention, compiled; not for sh, whose heads have keys of their own number, nor for rpc
    compiled                         the eager one under torch.compile(mode="max-autotune"), or in its default mode if that fails
    ..., graph                       any but the compiled one replayed as CUDA graphs, where a call takes less than 1 ms
    ... (CPU)                        any of them on the CPU

In f16 products of matrices and softmax are stored in f16 and the state of rpc in f32, as under autocast. TF32 is off. What a backend
does not support, does not compile or does not fit into memory has a row with the reason.

Time: CUDA events round R calls back to back, R such that a sample takes 5 ms; 5 warm-ups, 30 samples, fewer of slow calls (--row-seconds); at
least 3 sets of inputs in turn, so many that they do not fit into the L2 cache. On the CPU by its clock. Latency: one call until it is done.
Error: against float64 of the rounded inputs, by the loop that is printed, on 64 rows of each of 4 heads, the first and the last among both.
peak_bytes: one set of inputs and all that a call allocates beside it; null on the CPU and where CUDA graphs keep memory of their own.

--budget stops between two samples (a compilation is not interrupted); FILE is renewed after every row, so nothing is lost with the process.
Status: 0 done, 1 a self-test failed, 2 wrong arguments, 3 no PyTorch (2.3 or later), 130 interrupted.
"""
import argparse
import contextlib
import datetime
import functools
import gc
import json
import logging
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import types
import warnings
from typing import NamedTuple, Tuple

try:
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.nn.functional import scaled_dot_product_attention
except (ImportError, OSError) as missing:
    torch, MISSING = None, str(missing).splitlines()[0]

VERSION = 1
SHAPES = {
    "deit-t": (64, 3, 197, 64),
    "deit-s": (64, 6, 197, 64),
    "deit-b": (64, 12, 197, 64),
    "gpt2": (16, 12, 1024, 64),
    "long": (4, 16, 4096, 128),
    "8k": (1, 32, 8192, 128),
    "16k": (1, 32, 16384, 128),
    "32k": (1, 32, 32768, 128),
}
MECHANISMS = ("softmax", "smoother", "elliptical", "bn", "sh", "rpc")
FORMS = ("printed", "released", "lagrangian")
FAMILIES = ("sdpa", "eager", "flex", "compiled", "graph")
BACKENDS = {"flash": "FLASH_ATTENTION", "cudnn": "CUDNN_ATTENTION", "efficient": "EFFICIENT_ATTENTION", "math": "MATH"}
# Those of them that compute without CUDA.
ON_CPU = ("flash", "math")
TOLERANCES = {"f32": 2e-6, "f16": 5e-4}
SAMPLE_SECONDS = 0.005
GRAPH_BELOW_MS = 1.0


class Case(NamedTuple):
    """What is to be computed."""

    shape: Tuple[int, int, int, int]
    mechanism: str
    precision: str = "f32"
    causal: bool = False
    logit_std: float = 1.0
    seed: int = 1
    form: str = "printed"
    iterations: int = 4
    penalty: float = 4.0
    symmetric: bool = False  # the attended keys of rpc ask
    factors: Tuple[int, ...] = (1, 2, 4, 8)
    width: int = 0  # C of the released form; 0: H D

    @property
    def passes(self):
        return self.iterations if self.mechanism == "rpc" else 1

    @property
    def temperature(self):
        return math.sqrt(self.shape[3])

    @property
    def dtype(self):
        return {"f32": torch.float32, "f16": torch.float16, "f64": torch.float64}[self.precision]

    @property
    def tolerance(self):
        return TOLERANCES[self.precision] * 2 ** (self.passes - 1)

    @property
    def operations(self):
        b, h, n, d = self.shape
        kept = 1.0
        if self.mechanism == "sh":
            kept = sum(math.ceil(n / self.factors[head % len(self.factors)]) / n for head in range(h)) / h
        return 4.0 * b * h * n * n * d * kept * self.passes * (0.5 if self.causal else 1.0)


# Inputs: the formula of `Inputs` in crates/gpu/src/inputs.rs, bit by bit.

GAMMA, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
CHUNK = 1 << 22


def mix(x):
    x = (x ^ (x >> 30)) * FIRST % 2**64
    x = (x ^ (x >> 27)) * SECOND % 2**64
    return x ^ (x >> 31)


def signed(word):
    return word - 2**64 if word >= 2**63 else word


def mix_all(x):
    """`mix` of int64, which wraps; a shift to the right has to be kept from bringing the sign."""
    shifted = lambda x, by: (x >> by) & ((1 << (64 - by)) - 1)
    x = (x ^ shifted(x, 30)) * signed(FIRST)
    x = (x ^ shifted(x, 27)) * signed(SECOND)
    return x ^ shifted(x, 31)


def draw(seed, tensor, shape, scale, device, chunk=CHUNK):
    stream = mix((mix(seed) + GAMMA * (tensor + 1)) % 2**64)
    # A tensor, since PyTorch divides by a number by multiplying with its reciprocal.
    deviation = torch.tensor(math.sqrt(4294967295.0), dtype=torch.float64, device=device)
    entries = torch.empty(math.prod(shape), dtype=torch.float32, device=device)
    for part in entries.split(chunk):
        first = part.storage_offset()
        at = torch.arange(first, first + part.numel(), device=device)
        total = torch.zeros_like(at)
        for third in range(3):
            word = mix_all((3 * at + third + 1) * signed(GAMMA) + signed(stream))
            for shift in (0, 16, 32, 48):
                total += (word >> shift) & 0xFFFF
        part.copy_((total - 393210).double() / deviation * scale)
    return entries.view(shape)


def scales(case):
    """Standard deviations of queries, keys, values, values of the layer before; None where the mechanism reads none."""
    symmetric = case.mechanism == "rpc" and case.symmetric
    of_keys = math.sqrt(case.logit_std) if symmetric else case.logit_std
    return (None if symmetric else 1.0, of_keys, 1.0, 1.0 if case.mechanism == "elliptical" else None)


def inputs(case, seed, device):
    """The tensors that the mechanism reads, rounded to the precision, and None in the place of the others."""
    drawn = lambda tensor, scale: draw(seed, tensor, case.shape, scale, device).to(case.dtype)
    return tuple(None if scale is None else drawn(tensor, scale) for tensor, scale in enumerate(scales(case)))


# What comes before and between the attention of a mechanism, row by row and column by column.


def metric_query(case, q, v, previous):
    metric = (v - previous).abs().mean(-2, keepdim=True, dtype=wide(v))
    return (q * (metric / metric.amax(-1, keepdim=True))).to(q.dtype)


def less_mean_key(case, x, k):
    return (x - k.mean(-2, keepdim=True, dtype=wide(k))).to(x.dtype)


def key_bias(case, k):
    """-|k|^2/(2 tau), less its mean over the keys, which softmax does not see and f16 has no digits to lose on."""
    squares = (k.to(wide(k)) ** 2).sum(-1)[..., None, :]
    return ((squares.mean(-1, keepdim=True) - squares) / (2 * case.temperature)).to(k.dtype)


def averaged(case, x, factor):
    """Means of neighbours; the last block may be short."""
    full = x.shape[-2] // factor * factor
    blocks = x[..., :full, :].unflatten(-2, (-1, factor)).mean(-2)
    rest = x[..., full:, :]
    return torch.cat((blocks, rest.mean(-2, keepdim=True)), -2) if rest.shape[-2] else blocks


def shrink(x, threshold):
    return torch.sign(x) * torch.relu(x.abs() - threshold)


def wide(x):
    return torch.promote_types(x.dtype, torch.float32)


def mu_and_threshold(case, k):
    """Of each head: mu = N C/(4 |K|_1), C being D except in the released form, whose threshold is lambda mu, not lambda/mu."""
    _, h, n, d = case.shape
    width = (case.width or h * d) if case.form == "released" else d
    mu = n * width / (4 * k.abs().sum((-2, -1), keepdim=True, dtype=wide(k)))
    return mu, case.penalty * mu if case.form == "released" else case.penalty / mu


def sign(case):
    return 1 if case.form == "lagrangian" else -1


def rpc_begin(case, k):
    """The threshold, z = Y/mu = 0, and the first attended keys."""
    _, threshold = mu_and_threshold(case, k)
    z = torch.zeros(k.shape, dtype=wide(k), device=k.device)
    return threshold, z, (k - shrink(k.to(z.dtype), threshold)).to(k.dtype)


def rpc_follow(case, k, x, l, z, threshold):
    """z and the attended keys after an iteration that attended to x and gave l; S and Y are never stored."""
    x = x.to(z.dtype)
    z = x - l if case.form == "lagrangian" else 2 * z + x - l
    return z, (k - shrink(k.to(z.dtype) - l + z, threshold) + sign(case) * z).to(k.dtype)


PARTS = (metric_query, less_mean_key, key_bias, averaged, rpc_begin, rpc_follow)


def eager_parts(case):
    return types.SimpleNamespace(**{part.__name__: functools.partial(part, case) for part in PARTS})


def compiled_parts(case):
    compiled = lambda part: torch.compile(lambda *arguments: part(case, *arguments), dynamic=False, fullgraph=True)
    return types.SimpleNamespace(**{part.__name__: compiled(part) for part in PARTS})


# The mechanisms, `attend(q, k, v, bias)` being softmax attention by whom it may.


def softmax(case, parts, attend, q, k, v, previous):
    return attend(q, k, v)


def smoother(case, parts, attend, q, k, v, previous):
    return attend(q, k, v, parts.key_bias(k))


def elliptical(case, parts, attend, q, k, v, previous):
    return attend(parts.metric_query(q, v, previous), k, v)


def bn(case, parts, attend, q, k, v, previous):
    return attend(parts.less_mean_key(q, k), parts.less_mean_key(k, k), v)


def bn_fused(case, parts, attend, q, k, v, previous):
    """The mean key off the keys too would move every logit of a row alike."""
    return attend(parts.less_mean_key(q, k), k, v)


def sh(case, parts, attend, q, k, v, previous):
    output = torch.empty_like(q)
    for first, factor in enumerate(case.factors[: q.shape[1]]):
        if factor > k.shape[-2]:
            raise ValueError(f"the factor is {factor}, but must be from 1 to {k.shape[-2]}")
        heads = slice(first, None, len(case.factors))
        coarse = [x[:, heads] if factor == 1 else parts.averaged(x[:, heads], factor) for x in (k, v)]
        output[:, heads] = attend(q[:, heads], *coarse)
    return output


def rpc(case, parts, attend, q, k, v, previous):
    """The loop as it is printed; the Lagrangian form has + Y/mu in X."""
    mu, threshold = mu_and_threshold(case, k)
    keys = k.to(mu.dtype)
    s = l = y = torch.zeros_like(keys)
    for _ in range(case.iterations):
        s = shrink(keys - l + y / mu, threshold)
        x = (keys - s + sign(case) * y / mu).to(k.dtype)
        l = attend(x if q is None else q, x, v)
        y = y + mu * (keys - l - s)
    return l


def rpc_fused(case, parts, attend, q, k, v, previous):
    threshold, z, x = parts.rpc_begin(k)
    for _ in range(case.iterations - 1):
        z, x = parts.rpc_follow(k, x, attend(x if q is None else q, x, v), z, threshold)
    return attend(x if q is None else q, x, v)


PRINTED = {"softmax": softmax, "smoother": smoother, "elliptical": elliptical, "bn": bn, "sh": sh, "rpc": rpc}
FUSED = {**PRINTED, "bn": bn_fused, "rpc": rpc_fused}


# Attention itself.


def eager_attention(temperature, q, k, v, bias=None, mask=None):
    """With all scores in memory."""
    scores = q @ k.transpose(-2, -1) / temperature
    if bias is not None:
        scores = scores + bias
    if mask is not None:
        scores = scores.masked_fill(mask, -math.inf)
    return scores.softmax(-1) @ v


def attention_in_blocks(temperature, q, k, v, bias=None, mask=None):
    """With the scores of some rows in memory."""
    size = max(1, (1 << 24) // k.shape[-2])
    masks = mask.split(size) if mask is not None else [None] * math.ceil(q.shape[-2] / size)
    blocks = [eager_attention(temperature, rows, k, v, bias, mask) for rows, mask in zip(q.split(size, -2), masks)]
    return torch.cat(blocks, -2)


def sdpa_attention(case, q, k, v, bias=None):
    mask = None if bias is None else bias.expand(*q.shape[:-1], k.shape[-2])
    return scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=case.causal, scale=1 / case.temperature)


def flex_attention_of(case, device):
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    n, scale = case.shape[2], 1 / case.temperature
    block_mask = None
    if case.causal:
        block_mask = create_block_mask(lambda b, h, i, j: i >= j, None, None, n, n, device=str(device))

    def attend(q, k, v, bias=None):
        if bias is None:
            return flex_attention(q, k, v, block_mask=block_mask, scale=scale)
        return flex_attention(q, k, v, score_mod=lambda score, b, h, i, j: score + bias[b, h, 0, j], scale=scale)

    return attend


# Error.


def spread(below, count, seed):
    """As `spread_rows` in crates/gpu: the first, the last, and others between by the golden ratio."""
    if count >= below:
        return list(range(below))
    golden = (math.sqrt(5) - 1) / 2
    between = [min(int(below * ((seed * count + at) % (1 << 20) * golden % 1.0)), below - 1) for at in range(1, count - 1)]
    return sorted({0, below - 1, *between})


class Reference:
    """Rows of the output in float64: at most 64 of each of at most 4 heads."""

    def __init__(self, case, tensors):
        b, h, n, d = case.shape
        self.case, self.heads = case, []
        for head in spread(b * h, 4, 0):
            rows = torch.tensor(spread(n, 64, head), device=tensors[1].device)
            at = divmod(head, h)
            q, k, v, previous = (None if x is None else x[at][None, None].double() for x in tensors)
            factor = case.factors[head % h % len(case.factors)]
            alone = case._replace(shape=(1, 1, n, d), precision="f64", factors=(factor,), width=case.width or h * d)
            mask = torch.arange(n, device=rows.device) > rows[:, None] if case.causal else None
            attend = functools.partial(attention_in_blocks, case.temperature, mask=mask)
            whole = case.mechanism == "rpc"  # every row of an iteration is read by the next
            output = PRINTED[case.mechanism](alone, eager_parts(alone), attend, q if whole else q[..., rows, :], k, v, previous)
            self.heads.append((at, rows, output[0, 0, rows] if whole else output[0, 0]))

    def compare(self, output):
        relative = largest = 0.0
        for at, rows, exact in self.heads:
            apart = output[at][rows].double() - exact
            relative = max(relative, (apart.norm() / exact.norm()).item())
            largest = max(largest, apart.abs().max().item())
        rows = sum(len(rows) for _, rows, _ in self.heads)
        return {"relative": relative, "largest": largest, "tolerance": self.case.tolerance, "rows": rows, "repeatable": None}


# Time.


class OutOfTime(Exception):
    """The budget is spent."""


class Clock:
    def __init__(self, device, options):
        self.device, self.options = device, options
        self.cuda = device.type == "cuda"
        self.deadline = time.monotonic() + options.budget if options.budget else math.inf

    def check(self):
        if time.monotonic() >= self.deadline:
            raise OutOfTime

    def settle(self):
        if self.cuda:
            torch.cuda.synchronize()

    def wall(self, call):
        """Seconds until it is done."""
        self.settle()
        start = time.perf_counter()
        call()
        self.settle()
        return time.perf_counter() - start

    def span(self, call):
        """Seconds on the device."""
        if not self.cuda:
            return self.wall(call)
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        call()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) / 1e3

    def time(self, call, sets):
        """Of `call(set)`: `Time` of the JSON."""
        options, repeats, turn = self.options, 1, 0

        def sample():
            nonlocal turn
            self.check()
            turn += repeats
            return self.span(in_turn)

        def in_turn():
            for at in range(turn - repeats, turn):
                call(at % sets)

        warm_ups = 0
        while warm_ups == 0 or warm_ups < options.warm_up and spent * (warm_ups + 1) < options.row_seconds / 3:
            spent = sample()
            repeats = max(repeats, math.ceil(1.1 * SAMPLE_SECONDS * repeats / spent))
            warm_ups += 1
        wanted = max(min(3, options.samples), min(options.samples, int(options.row_seconds / (spent or 1))))
        times = []
        with contextlib.suppress(OutOfTime):
            while len(times) < wanted:
                times.append(sample() / repeats * 1e3)
        if not times:
            raise OutOfTime
        times.sort()
        latency = [self.wall(lambda: call(0)) * 1e3 for _ in range(5 if times[0] < 100 else 1)]
        return {
            "min_ms": times[0],
            "median_ms": statistics.median(times),
            "p90_ms": times[math.ceil(0.9 * len(times)) - 1],
            "samples": len(times),
            "latency_ms": statistics.median(latency),
        }


# Failures.


def gigabytes(count):
    return f"{count / 1e9:.{0 if count >= 10e9 else 1}f} GB"


def out_of_memory(text):
    """From what torch tells when it cannot allocate."""
    units = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}

    def told(before):
        found = re.search(before + r" ([\d.]+) (bytes|KiB|MiB|GiB|TiB)", text)
        return found and float(found[1]) * units[found[2]]

    tried, has, used = told("Tried to allocate"), told("total capacity of"), told("Of the allocated memory")
    if tried and has:
        return f"out of memory: needs {gigabytes(tried + (used or 0))} at least, has {gigabytes(has)}"
    return "out of memory"


def reason(error, warned):
    """One line."""
    text = str(error).strip()
    if isinstance(error, torch.cuda.OutOfMemoryError) or "can't allocate memory" in text:
        return out_of_memory(text)
    if isinstance(error, MemoryError):
        return text
    if "No available kernel" in text or "No viable backend" in text:
        told = [re.sub(r" ?\(Triggered internally.*", "", str(warning.message), flags=re.S).strip() for warning in warned]
        because = [then for line, then in zip(told, told[1:]) if "not used because" in line]
        because = [line for line in because if "not used because" not in line and "runtime disabled" not in line]
        return "not supported" + (f": {because[0]}" if because else " by this backend")
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {line}"[:240]


def check_memory(case, copies):
    """On the CPU, where the system may end a process that asks for too much; a GPU says so itself."""
    with contextlib.suppress(OSError):
        with open("/proc/meminfo") as told:
            has = next(int(line.split()[1]) * 1024 for line in told if line.startswith("MemAvailable"))
        b, h, n, _ = case.shape
        needs = copies * b * h * n * n * bytes_of_entry(case)
        if needs > has:
            raise MemoryError(f"out of memory: needs {gigabytes(needs)}, has {gigabytes(has)}")


# The bench.


class Bench:
    def __init__(self, options):
        self.options, self.device = options, torch.device(options.device)
        self.clock = Clock(self.device, options)
        self.cuda = self.clock.cuda
        self.refused = None  # why nothing compiles
        self.results = {
            "version": VERSION,
            "machine": machine(self.device),
            "ceilings": dict.fromkeys(("fma_tflops", "matrix_tflops", "copy_gbps", "binding_bytes")),
            "rows": [],
        }

    def run(self, cases):
        self.save()
        if bits(draw(7, 0, (1920,), 1.0, self.device)) != BITS[0]:
            raise SystemExit(f"{self.device} does not draw the bits of the inputs")
        if not self.options.no_compile:
            try:
                prepare_compiler()
                torch.compile(lambda x: x + 1)(torch.zeros(4, device=self.device))
            except Exception as error:  # whatever a toolchain that is not there may raise
                self.refused = reason(error, [])
        for case in cases:
            self.clock.check()
            self.measure(case)

    def measure(self, case):
        try:
            sets = [inputs(case, (case.seed + at) % 2**64, self.device) for at in range(self.sets(case))]
            reference = Reference(case, sets[0])
        except Exception as error:  # too large, or options that do not fit: the same for whoever computes
            self.add(case, "all", {**dict.fromkeys(("time", "error", "peak_bytes")), "failure": reason(error, [])})
            return
        # Elementwise kernels are compiled once, whatever attention stands between them.
        parts = eager_parts(case) if self.refused or self.options.no_compile else compiled_parts(case)
        for family, name, copies, build in self.implementations(case, parts):
            if family not in self.options.skip and not (self.options.no_compile and family in ("flex", "compiled")):
                self.clock.check()
                self.measure_one(case, sets, reference, family, name, copies, build)
        if "torch._dynamo" in sys.modules:
            torch._dynamo.reset()

    def sets(self, case):
        """How many sets of inputs; together they are larger than the L2 cache."""
        if not self.cuda:
            return 3
        cache = getattr(torch.cuda.get_device_properties(self.device), "L2_cache_size", 64 << 20)
        count = sum(scale is not None for scale in scales(case))
        one = count * math.prod(case.shape) * bytes_of_entry(case)
        return min(64, max(3, math.ceil(1.5 * cache / one)))

    def implementations(self, case, parts):
        """Family, name, how many copies of the scores it may hold, and what makes it."""
        fused, printed = FUSED[case.mechanism], PRINTED[case.mechanism]
        compiles = not isinstance(parts.key_bias, functools.partial)
        elementwise = f" + {'compiled' if compiles else 'eager'} elementwise" if case.mechanism != "softmax" else ""
        attend = functools.partial(sdpa_attention, case)
        for name, backend in BACKENDS.items():
            if self.device.type != "cuda" and name not in ON_CPU:
                continue

            def pinned(stack, backend=backend):
                stack.enter_context(sdpa_kernel(getattr(SDPBackend, backend)))
                return functools.partial(fused, case, parts, attend)

            yield "sdpa", f"sdpa {name}{elementwise}", 2 if name == "math" else 0, pinned

        def eager(stack):
            n = case.shape[2]
            mask = torch.ones(n, n, dtype=torch.bool, device=self.device).triu(1) if case.causal else None
            return functools.partial(printed, case, eager_parts(case), functools.partial(eager_attention, case.temperature, mask=mask))

        def compiled(stack, **how):
            self.check_compiles()
            call = eager(stack)
            return torch.compile(lambda *tensors: call(*tensors), dynamic=False, fullgraph=True, **how)

        def flex(stack):
            self.check_compiles()
            of_flex = flex_attention_of(case, self.device)
            of_flex = torch.compile(of_flex, dynamic=False, fullgraph=True, mode="max-autotune-no-cudagraphs")
            return functools.partial(fused, case, parts, of_flex)

        yield "eager", "eager", 2, eager
        if case.mechanism not in ("sh", "rpc"):
            yield "flex", f"flex{elementwise}", 0, flex
        yield "compiled", "compiled", 2, functools.partial(compiled, mode="max-autotune")
        if self.failed():
            yield "compiled", "compiled, default mode", 2, compiled

    def check_compiles(self):
        if self.refused:
            raise RuntimeError(self.refused)

    def failed(self):
        """Whether the last row is a failure that another way of compiling may not have."""
        failure = self.results["rows"][-1]["failure"] if self.results["rows"] else None
        return failure and not self.refused and not failure.startswith("out of memory")

    def measure_one(self, case, sets, reference, family, name, copies, build):
        with contextlib.ExitStack() as stack, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            before, call = self.allocated(), None

            def work(row):
                nonlocal call
                if not self.cuda:
                    check_memory(case, copies)
                call = build(stack)
                self.judge(lambda: call(*sets[0]), reference, row)
                row["time"] = self.clock.time(lambda at: call(*sets[at]), len(sets))
                if self.cuda and family != "compiled":
                    torch.cuda.reset_peak_memory_stats()
                    call(*sets[0])
                    of_inputs = sum(x.numel() * x.element_size() for x in sets[0] if x is not None)
                    row["peak_bytes"] = torch.cuda.max_memory_allocated() - before + of_inputs

            taken = self.attempt(case, name, warned, work)
            short = self.cuda and taken and taken["median_ms"] < GRAPH_BELOW_MS
            if short and family != "compiled" and "graph" not in self.options.skip:
                self.attempt(case, f"{name}, graph", warned, lambda row: self.measure_graph(sets, reference, call, row))
            call = None
        if self.cuda:
            gc.collect()
            torch.cuda.empty_cache()

    def measure_graph(self, sets, reference, call, row):
        """One graph for each set of inputs, since a graph knows where its inputs lie."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            call(*sets[0])
        torch.cuda.current_stream().wait_stream(side)
        graphs = []
        for tensors in sets:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                output = call(*tensors)
            graphs.append((graph, output))

        def replay(at):
            graph, output = graphs[at]
            graph.replay()
            return output

        self.judge(lambda: replay(0), reference, row)
        row["time"] = self.clock.time(replay, len(sets))

    def judge(self, call, reference, row):
        """Compares the output with the reference, and with that of two more calls."""
        output = call()
        if not output.isfinite().all():
            raise ArithmeticError("the output is not finite")
        row["error"] = reference.compare(output)
        output = output.clone()
        if self.clock.wall(call) < 1:
            row["error"]["repeatable"] = all(torch.equal(output, call()) for _ in range(2))

    def attempt(self, case, name, warned, work):
        """Adds a row of what `work(row)` measures, or of the reason why it could not, and gives its time."""
        row = dict.fromkeys(("time", "error", "peak_bytes", "failure"))
        try:
            work(row)
        except OutOfTime:
            raise
        except Exception as error:  # a backend may raise anything, and the others are still to be measured
            row = {**dict.fromkeys(row), "failure": reason(error, warned)}
        self.add(case, name, row)
        return row["time"]

    def allocated(self):
        return torch.cuda.memory_allocated() if self.cuda else 0

    def add(self, case, name, made):
        taken, error = made["time"], made["error"]
        name = name if self.cuda else f"{name} (CPU)"
        row = {
            "shape": list(case.shape),
            "mechanism": case.mechanism,
            "passes": case.passes,
            "causal": case.causal,
            "precision": case.precision,
            "logit_std": case.logit_std,
            "seed": case.seed,
            "by": {"kind": "torch", "name": name},
            "time": taken,
            "tflops": case.operations / taken["median_ms"] / 1e9 if taken else None,
            "error": error,
            "peak_bytes": made["peak_bytes"],
            "moved": None,
            "failure": made["failure"],
        }
        self.results["rows"].append(row)
        self.save()
        if self.options.progress:
            said = f"{taken['median_ms']:.4g} ms, error {error['relative']:.1e}" if taken else row["failure"]
            print(f"{list(case.shape)} {case.precision} {case.mechanism}: {name}: {said}", file=sys.stderr, flush=True)

    def save(self):
        """In place of what was there, at once."""
        if self.options.json:
            beside = f"{self.options.json}.part"
            with open(beside, "w") as file:
                self.write(file)
            os.replace(beside, self.options.json)

    def write(self, file):
        json.dump(self.results, file, indent=2, allow_nan=False)
        file.write("\n")


def prepare_compiler():
    """Nothing on standard error, and as many variants of a function as it has shapes and strides."""
    import torch._dynamo.config
    import torch._inductor.config

    for config, name, value in (
        (torch._dynamo.config, "recompile_limit", 64),
        (torch._dynamo.config, "cache_size_limit", 64),  # its name in older versions
        (torch._inductor.config, "autotune_num_choices_displayed", 0),
        (torch._inductor.config, "max_autotune_report_choices_stats", False),
    ):
        if hasattr(config, name):
            setattr(config, name, value)


def bytes_of_entry(case):
    return {"f32": 4, "f16": 2}[case.precision]


def machine(device):
    cuda = device.type == "cuda"
    driver = "none"
    if cuda:
        driver = f"CUDA {torch.version.cuda}"
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            asked = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
            told = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout.split()
            driver = f"{told[0]}, {driver}" if told else driver
    on = torch.cuda.get_device_name(device) if cuda else f"CPU, {torch.get_num_threads()} threads"
    return {
        "adapter": on if cuda else "none",
        "backend": "CUDA" if cuda else "none",
        "driver": driver,
        "software": False,
        "cpu_cores": torch.get_num_threads(),
        "torch": f"{torch.__version__} on {on}, TF32 off",
        "date": datetime.date.today().isoformat(),
    }


# The self-test: every formula once more, in plain Python.

BITS = (
    [0x3F421E00, 0x3E821000, 0xBD315000, 0xBFC15200],
    [0x412C4500, 0x3E8CD000, 0xC0FF1200, 0x40FC1F00],
    [0xBFDCD200, 0x3F59FC00, 0x3E4DD000, 0xBEA4B800],
    [0x3F877580, 0xBFB49800, 0x3FB44B80, 0xBE1F2C00],
)
SYMMETRIC_BITS = [0x4073A03B, 0x3DC72392, 0xC0345CA9, 0x403246CB]
LAST_SEED_BITS = [0xBE3D5000, 0xBF822D80, 0xBF3BB700, 0x3F94A780]

ROW = {
    "shape": [int],
    "mechanism": str,
    "passes": int,
    "causal": bool,
    "precision": str,
    "logit_std": float,
    "seed": int,
    "by": {"kind": str, "name": str},
    "time": ({"min_ms": float, "median_ms": float, "p90_ms": float, "samples": int, "latency_ms": (float,)},),
    "tflops": (float,),
    "error": ({"relative": float, "largest": float, "tolerance": float, "rows": int, "repeatable": (bool,)},),
    "peak_bytes": (int,),
    "moved": ({"share": float, "size": float, "relative": float},),
    "failure": (str,),
}
FORMAT = {
    "version": int,
    "machine": {"adapter": str, "backend": str, "driver": str, "software": bool, "cpu_cores": int, "torch": (str,), "date": str},
    "ceilings": {"fma_tflops": (float,), "matrix_tflops": (float,), "copy_gbps": (float,), "binding_bytes": (int,)},
    "rows": [ROW],
}


def fits(value, form):
    """Whether a value has the form: a type, a list of one, an object with just these keys, or in a tuple what may be null."""
    if isinstance(form, tuple):
        return value is None or fits(value, form[0])
    if isinstance(form, list):
        return isinstance(value, list) and all(fits(part, form[0]) for part in value)
    if isinstance(form, dict):
        return isinstance(value, dict) and list(value) == list(form) and all(fits(value[key], form[key]) for key in form)
    return type(value) is form and not (form is int and value < 0)


def bits(tensor):
    return [entry % 2**32 for entry in tensor.flatten()[[0, 1, 2, 1919]].view(torch.int32).tolist()]


def plain(case, head, q, k, v, previous):
    """One head, lists of rows; as the papers have it."""
    n, d = len(k), len(k[0])
    of_columns = lambda function: [function(column) for column in range(d)]
    dot = lambda a, b: sum(x * y for x, y in zip(a, b))
    logit = lambda a, b: dot(a, b) / math.sqrt(d)

    def attend(queries, keys, values, logit=logit):
        rows = []
        for i, query in enumerate(queries):
            logits = [logit(query, key) for key in (keys[: i + 1] if case.causal else keys)]
            weights = [math.exp(logit - max(logits)) for logit in logits]
            rows.append(of_columns(lambda c: sum(w * value[c] for w, value in zip(weights, values)) / sum(weights)))
        return rows

    if case.mechanism == "smoother":
        return attend(q, k, v, lambda a, b: -sum((x - y) ** 2 for x, y in zip(a, b)) / (2 * math.sqrt(d)))
    if case.mechanism == "elliptical":
        moved = of_columns(lambda c: sum(abs(now[c] - before[c]) for now, before in zip(v, previous)) / n)
        return attend(q, k, v, lambda a, b: sum(m / max(moved) * x * y for m, x, y in zip(moved, a, b)) / math.sqrt(d))
    if case.mechanism == "bn":
        mean = of_columns(lambda c: sum(key[c] for key in k) / n)
        less = lambda row: [x - m for x, m in zip(row, mean)]
        return attend(q, k, v, lambda a, b: logit(less(a), less(b)))
    if case.mechanism == "sh":
        factor = case.factors[head % len(case.factors)]
        blocks = [range(start, min(start + factor, n)) for start in range(0, n, factor)]
        means = lambda rows: [of_columns(lambda c: sum(rows[at][c] for at in block) / len(block)) for block in blocks]
        return attend(q, means(k), means(v))
    if case.mechanism == "rpc":
        width = case.shape[1] * d if case.form == "released" else d
        mu = n * width / (4 * sum(abs(x) for key in k for x in key))
        threshold = case.penalty * mu if case.form == "released" else case.penalty / mu
        shrink = lambda x: math.copysign(max(abs(x) - threshold, 0.0), x)
        grid = lambda function: [[function(i, c) for c in range(d)] for i in range(n)]
        l = y = grid(lambda i, c: 0.0)
        supports = set()
        for _ in range(case.iterations):
            s = grid(lambda i, c: shrink(k[i][c] - l[i][c] + y[i][c] / mu))
            supports |= {entry != 0 for row in s for entry in row}
            x = grid(lambda i, c: k[i][c] - s[i][c] + (1 if case.form == "lagrangian" else -1) * y[i][c] / mu)
            l = attend(x if q is None else q, x, v)
            y = grid(lambda i, c: y[i][c] + mu * (k[i][c] - l[i][c] - s[i][c]))
        assert len(supports) == 2, "S is 0 everywhere or nowhere, so nothing is tested"
        return l
    return attend(q, k, v)


def small_cases():
    """In f64; the last block of a head of sh is short."""
    shape = (2, 5, 11, 16)
    for mechanism in MECHANISMS[:-1]:
        yield Case(shape, mechanism, "f64", logit_std=4.0)
    yield Case(shape, "softmax", "f64", causal=True)
    for form in FORMS:
        for iterations in (1, 2, 4):
            for symmetric in (False, True):
                yield Case(shape, "rpc", "f64", form=form, iterations=iterations, penalty=0.2, symmetric=symmetric)


def self_test(options):
    cpu, failures, count = torch.device("cpu"), [], 0
    torch.set_num_threads(1)  # several wait for each other longer than such sizes take

    def check(what, passed):
        nonlocal count
        count += 1
        if not passed:
            failures.append(what)
            print(f"failed: {what}", file=sys.stderr)

    for tensor, scale in enumerate((1.0, 8.0, 1.0, 1.0)):
        check(f"bits of tensor {tensor}", bits(draw(7, tensor, (2, 3, 40, 16), scale, cpu)) == BITS[tensor])
    seven = Case((2, 3, 40, 16), "rpc", logit_std=8.0, symmetric=True)
    check("bits of keys that ask", bits(inputs(seven, 7, cpu)[1]) == SYMMETRIC_BITS)
    check("bits of the last seed", bits(draw(2**64 - 1, 2, (2, 3, 40, 16), 1.0, cpu)) == LAST_SEED_BITS)
    whole, parts = (draw(7, 1, (100,), 1.0, cpu, chunk) for chunk in (CHUNK, 7))
    check("entries of other chunks", torch.equal(whole, parts) and whole.unique().numel() == 100)

    for case in small_cases():
        said = f"{case.mechanism} {case.form} n = {case.iterations}{' symmetric' * case.symmetric}" if case.mechanism == "rpc" else case.mechanism
        b, h, n, _ = case.shape
        tensors = inputs(case, case.seed, cpu)
        heads = [[None if x is None else x[at].tolist() for x in tensors] for at in ((i, j) for i in range(b) for j in range(h))]
        exact = [plain(case, at % h, *of_head) for at, of_head in enumerate(heads)]
        exact = torch.tensor(exact, dtype=torch.float64).view(case.shape)
        mask = torch.ones(n, n, dtype=torch.bool).triu(1) if case.causal else None
        attend = functools.partial(eager_attention, case.temperature, mask=mask)
        for how, mechanisms in (("printed", PRINTED), ("fused", FUSED)):
            output = mechanisms[case.mechanism](case, eager_parts(case), attend, *tensors)
            apart = ((output - exact).norm() / exact.norm()).item()
            check(f"{said}, {how}: {apart:.1e} from the formula", apart < 1e-13)
        reference = Reference(case._replace(precision="f32"), tensors)
        apart = reference.compare(exact)
        check(f"{said}, reference: {apart}", apart["relative"] < 1e-13 and apart["rows"] == 4 * n)
        exact[-1, -1, -1, 0] += 0.5
        check(f"{said}, reference: a wrong row", abs(reference.compare(exact)["largest"] - 0.5) < 1e-12)

    rows = spread(197, 64, 3)
    check("rows that are compared", rows[0] == 0 and rows[-1] == 196 and 60 < len(rows) <= 64 and len(set(rows)) == len(rows))
    told = "Tried to allocate 128.00 GiB. GPU 0 has a total capacity of 139.80 GiB. Of the allocated memory 4.00 GiB is allocated"
    check("out of memory", out_of_memory(told) == "out of memory: needs 142 GB at least, has 150 GB")
    self_test_file(options, check)
    print(f"{count - len(failures)} checks passed, {len(failures)} failed")
    return 1 if failures else 0


def self_test_file(options, check):
    """A bench at a small size, without what compiles: whether every row is right, and the file has its form."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "torch.json")
        small = argparse.Namespace(**{**vars(options), "device": "cpu", "json": path, "samples": 2, "warm_up": 1, "budget": None})
        small.skip, small.no_compile, small.progress = [], True, False
        cases = [Case((2, 5, 40, 16), mechanism, precision) for mechanism in MECHANISMS for precision in TOLERANCES]
        bench = Bench(small)
        bench.run([*cases, Case((2, 5, 40, 16), "softmax", causal=True), Case((1, 4, 5, 16), "sh")])
        with open(path) as file:
            results = json.load(file)
        check("the file is what was measured", results == bench.results and os.listdir(folder) == ["torch.json"])
        check("the form of the file", fits(results, FORMAT))
        for row in results["rows"]:
            said = f"{row['precision']} {row['mechanism']}: {row['by']['name']}: {row['failure'] or row['error']}"
            if row["failure"]:
                refused = row["failure"] == "ValueError: the factor is 8, but must be from 1 to 5"
                check(said, row["time"] is None and row["shape"][2] == 5 and refused)
            else:
                error = row["error"]
                # Scores and weights that are stored in f16 lose more than the tolerance allows.
                allowed = error["tolerance"] * (4 if "eager" in row["by"]["name"] and row["precision"] == "f16" else 1)
                check(said, error["relative"] <= allowed and row["time"]["samples"] == 2 and row["tflops"] > 0)
        row = results["rows"][0]
        broken = [{**row, "seed": 1.5}, {**row, "passes": None}, {**row, "further": 1}, {**row, "time": {"min_ms": 1.0}}, {**row, "seed": -1}]
        check("another form is seen", not any(fits({**results, "rows": [row]}, FORMAT) for row in broken))
        small.budget = 1e-9
        bench = Bench(small)
        try:
            bench.run(cases)
            check("the budget", False)
        except OutOfTime:
            with open(path) as file:
                check("the budget", fits(json.load(file), FORMAT) and not bench.results["rows"])


# The command line.


def shape(text):
    if text in SHAPES:
        return SHAPES[text]
    counts = text.split(",")
    if len(counts) != 4 or not all(count.strip().isdecimal() and int(count) > 0 for count in counts):
        raise argparse.ArgumentTypeError(f"{text!r} is no shape: B,H,N,D, each at least 1, or one of {', '.join(SHAPES)}")
    return tuple(map(int, counts))


def positive(text):
    number = float(text)
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"{text} must be a finite number greater than 0")
    return number


def whole(least, most=2**31):
    def number(text):
        if not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} must be from {least} to {most}")
        return int(text)

    return number


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = ", ".join(SHAPES)
    parser.add_argument("--shape", type=shape, action="append", help=f"B,H,N,D or one of {names}; may be repeated (default: deit-s)")
    parser.add_argument("--mechanism", choices=MECHANISMS, action="append", help="may be repeated (default: all; with --causal softmax)")
    parser.add_argument("--dtype", choices=tuple(TOLERANCES), default="f32", help="how tensors are stored (default: %(default)s)")
    parser.add_argument("--causal", action="store_true", help="query i sees the keys 0 to i only; softmax alone")
    parser.add_argument("--logit-std", type=positive, default=1.0, help="standard deviation of the logits (default: %(default)s)")
    parser.add_argument("--seed", type=whole(0, 2**64 - 1), default=1, help="of the inputs (default: %(default)s)")
    parser.add_argument("--iterations", type=whole(1, 64), default=4, help="n of rpc (default: %(default)s)")
    parser.add_argument("--lambda", dest="penalty", type=positive, default=0.6, help="lambda of rpc (default: %(default)s)")
    parser.add_argument("--symmetric", action="store_true", help="in rpc the attended keys ask, and no queries are drawn")
    parser.add_argument("--form", choices=FORMS, default="printed", help="of rpc (default: %(default)s)")
    parser.add_argument("--samples", type=whole(1), default=30, help="of each row; the median counts (default: %(default)s)")
    parser.add_argument("--warm-up", type=whole(0), default=5, help="samples before them; one at least is taken (default: %(default)s)")
    parser.add_argument("--device", choices=("cuda", "cpu"), help="(default: cuda where it is)")
    parser.add_argument("--skip", choices=FAMILIES, action="append", default=[], help="implementations to leave out; may be repeated")
    parser.add_argument("--no-compile", action="store_true", help="compile nothing, not even what is elementwise")
    parser.add_argument("--row-seconds", type=positive, default=10.0, help="fewer samples where they take longer (default: %(default)s)")
    parser.add_argument("--budget", type=positive, help="seconds after which to stop and keep what was measured")
    parser.add_argument("--json", metavar="FILE", help="where to write instead of standard output; renewed after every row")
    parser.add_argument("--progress", action="store_true", help="a line on standard error for every row")
    parser.add_argument("--self-test", action="store_true", help="check inputs, formulae and file on the CPU, and measure nothing")
    options = parser.parse_args()
    options.shape = options.shape or [SHAPES["deit-s"]]
    options.mechanism = options.mechanism or (["softmax"] if options.causal else list(MECHANISMS))
    if options.causal and options.mechanism != ["softmax"]:
        parser.error("--causal is for softmax: the other mechanisms see all keys")
    if torch is not None and not torch.cuda.is_available() and options.device == "cuda":
        parser.error("PyTorch sees no CUDA device")
    return options


def quiet():
    """Standard error is for lines of ours, float32 for float32, and a kind request to end is one to keep what was measured."""
    torch.set_warn_always(True)  # the reasons of a backend that refuses are warnings
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")
    logging.getLogger("torch").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def main():
    options = arguments()
    if torch is None:
        print(f"PyTorch is not measured: {MISSING}", file=sys.stderr)
        return 3
    options.device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    quiet()
    with torch.no_grad():
        if options.self_test:
            return self_test(options)
        rpc = {"form": options.form, "iterations": options.iterations, "penalty": options.penalty, "symmetric": options.symmetric}
        cases = [
            Case(shape, mechanism, options.dtype, options.causal, options.logit_std, options.seed, **rpc)
            for shape in options.shape
            for mechanism in options.mechanism
        ]
        bench, status = Bench(options), 0
        try:
            bench.run(cases)
        except OutOfTime:
            if options.progress:
                print("the time is spent", file=sys.stderr)
        except KeyboardInterrupt:
            status = 130
    if not options.json:
        bench.write(sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
