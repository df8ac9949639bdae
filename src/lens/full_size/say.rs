//! What the lens says: headline, ribbon, numbers, checks, table.

use eigenlens_gpu::Results;

use super::derive::{CPU, GPU, Line, Picture, TORCH, operations, score_bytes, tensor_bytes, work};
use super::run::Availability;
use super::{End, FullSize};
use crate::lab::full_size::Measured;
use crate::lab::readout::{Check, Number, Readouts, Table, text};
use crate::lens::{Phrase, Tone};
use crate::microscope::dots::NOT_MEASURED;

/// Two or three digits that mean something.
pub(super) fn digits(value: f64) -> String {
    match value {
        1.0..9.95 => format!("{value:.1}"),
        9.95..1e5 => text::count(value.round() as usize),
        _ => text::number(value),
    }
}

/// Milliseconds in their best unit.
pub(super) fn time(ms: f64) -> String {
    let (value, unit) = match ms {
        ..0.9995 => (1e3 * ms, "µs"),
        ..999.5 => (ms, "ms"),
        _ => (1e-3 * ms, "s"),
    };
    format!("{}\u{a0}{unit}", digits(value))
}

/// Bytes in their best unit.
pub(super) fn bytes(bytes: f64) -> String {
    let (value, unit) = match bytes {
        ..9.995e5 => (1e-3 * bytes, "kB"),
        ..9.995e8 => (1e-6 * bytes, "MB"),
        ..9.995e11 => (1e-9 * bytes, "GB"),
        _ => (1e-12 * bytes, "TB"),
    };
    format!("{}\u{a0}{unit}", digits(value))
}

/// How many times.
pub(super) fn times(ratio: f64) -> String {
    format!("{}×", digits(ratio))
}

/// How a number is written.
type Say = fn(f64) -> String;

/// A number in words, or that there is none.
pub(super) fn or_not(value: Option<f64>, say: Say) -> String {
    value.map_or_else(|| NOT_MEASURED.to_owned(), say)
}

/// The name without the marks of its symbols.
pub(super) fn plain(name: &str) -> String {
    name.replace('*', "")
}

/// The sentence that says the point.
pub(super) fn headline(lens: &FullSize) -> Vec<Phrase> {
    let Picture { choices, shape, of, .. } = &lens.picture;
    let tokens = text::count(shape[2]);
    let words = match (of, &lens.availability) {
        (None, Availability::None { reason }) => format!("No results yet. No GPU reached: {reason}."),
        (None, _) if !lens.is_running() => "No results yet. Run measures this machine.".to_owned(),
        _ => match lens.picture.line().ms[GPU] {
            Some(ms) => format!(
                "{tokens} tokens in {}, without the N × N matrix of {}.",
                time(ms),
                bytes(score_bytes(*shape))
            ),
            None => format!("{}, {tokens} tokens: {NOT_MEASURED}.", plain(choices.measured.name())),
        },
    };
    vec![(words, Tone::Plain)]
}

/// How to read the picture: the shape, the mechanism that stands out, the machine.
pub(super) fn subline(lens: &FullSize) -> String {
    let Picture { choices, shape, of, .. } = &lens.picture;
    let [batch, heads, _, dim] = *shape;
    let heads = text::count(batch * heads);
    let model = match choices.tokens.model() {
        Some(model) if lens.picture.is_reduced() => format!("{model}, reduced: "),
        Some(model) => format!("{model}: "),
        None if lens.picture.is_reduced() => format!("{}, reduced: ", choices.tokens.name()),
        None => String::new(),
    };
    let storage = choices.storage.name();
    let sums = if storage == "f16" {
        "f16 storage, f32 sums"
    } else {
        storage
    };
    let kernel = match lens.picture.line().kernel.as_str() {
        "" => String::new(),
        kernel => format!(", kernel {kernel}"),
    };
    let machine = of.as_ref().map(|of| {
        let machine = &of.machine;
        format!(" {} ({}){kernel}.", machine.adapter, machine.backend)
    });
    format!(
        "{model}{heads} heads, *D* = {dim}, {sums}. {}.{}",
        choices.measured.name(),
        machine.unwrap_or_default()
    )
}

/// A line above the picture.
pub(super) struct Ribbon {
    /// What stands out.
    pub(super) strong: String,
    /// What follows.
    pub(super) rest: String,
    /// It tells of a fault.
    pub(super) bad: bool,
}

fn machine(results: &Results) -> String {
    format!("{}, {}", results.machine.adapter, results.machine.date)
}

/// What must be known of the numbers: that they are replayed, that the run failed.
pub(super) fn ribbons(lens: &FullSize) -> Vec<Ribbon> {
    let Picture { of, torch_of, own, .. } = &lens.picture;
    let mut ribbons = Vec::new();
    let none = match &lens.availability {
        Availability::None { reason } => Some(reason),
        Availability::Ready { .. } | Availability::NotYetKnown => None,
    };
    if let Some(of) = of.as_ref().filter(|_| !own) {
        ribbons.push(Ribbon {
            strong: format!("Replaying {}.", machine(of)),
            rest: match none {
                Some(reason) => format!("No GPU reached: {reason}."),
                None => "Nothing was run here.".to_owned(),
            },
            bad: false,
        });
    } else if let Some(of) = torch_of {
        ribbons.push(Ribbon {
            strong: format!("PyTorch: replaying {}.", machine(of)),
            rest: "The rest was measured here.".to_owned(),
            bad: false,
        });
    }
    let (strong, rest, bad) = match (&lens.end, &lens.notice) {
        (Some(End::Failed(reason)), _) => ("The run broke off.", reason, true),
        (_, Some(notice)) => ("", notice, false),
        _ => return ribbons,
    };
    ribbons.push(Ribbon {
        strong: strong.to_owned(),
        rest: rest.clone(),
        bad,
    });
    ribbons
}

/// How far the run is, or how it ended, in full and in short.
pub(super) fn state(lens: &FullSize) -> [String; 2] {
    if let Some(running) = &lens.running {
        let left = running.seconds_left.map(|left| time(1e3 * f64::from(left).ceil()));
        let left = left.map_or_else(|| running.what.clone(), |left| format!("{left} left"));
        return match running.what.as_str() {
            _ if running.stopping => ["stopping".to_owned(), String::new()],
            what if running.seconds_left.is_some() && !what.is_empty() => [format!("{what}, {left}"), left],
            _ => [left, String::new()],
        };
    }
    let words = match (&lens.end, &lens.availability) {
        (Some(End::Done(seconds)), _) => format!("done in {}", time(1e3 * seconds)),
        (Some(End::Failed(_)), _) => "broke off".to_owned(),
        (Some(End::Cancelled), _) => return ["stopped; what came stays", "stopped"].map(str::to_owned),
        (None, Availability::None { .. }) => "No GPU reached".to_owned(),
        (None, Availability::Ready { .. }) => String::new(),
        (None, Availability::NotYetKnown) => "looking for a GPU".to_owned(),
    };
    [words, String::new()]
}

/// What the roofline counts in, and how often it is in 10¹²: a slow machine makes no 10¹² operations a second.
pub(super) fn prefix(picture: &Picture) -> (&'static str, f64) {
    let rates = picture.path.iter().map(|spot| spot.tflops).chain(units(picture).0);
    if rates.fold(0.0, f64::max) < 1.0 && !picture.path.is_empty() {
        ("G", 1e3)
    } else {
        ("T", 1.0)
    }
}

/// The roof of the precision: 10¹² operations a second, and what makes them.
pub(super) fn units(picture: &Picture) -> (Option<f64>, &'static str) {
    let ceilings = picture.of.as_ref().map(|of| of.ceilings).unwrap_or_default();
    if picture.choices.storage.bytes() == 2 {
        (ceilings.matrix_tflops, "matrix units")
    } else {
        (ceilings.fma_tflops, "multiply–add units")
    }
}

/// 10¹² bytes a second.
pub(super) fn memory(picture: &Picture) -> Option<f64> {
    let of = picture.of.as_ref()?;
    Some(1e-3 * of.ceilings.copy_gbps?)
}

/// The memory that there is: the adapter's own, where that is told, else the most that a tensor may have.
pub(super) fn room(picture: &Picture) -> (&'static str, Option<f64>) {
    let as_number = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64);
    let of = picture.of.as_ref();
    let memory = as_number(of.and_then(|of| of.machine.memory_bytes));
    let tensor = as_number(of.and_then(|of| of.ceilings.binding_bytes));
    if memory.is_none() && tensor.is_some() {
        ("largest tensor", tensor)
    } else {
        ("the GPU has", memory)
    }
}

/// What a time of the CPU stands for, where it was measured on a part of the work only.
pub(super) fn of_part(share: f64) -> String {
    if share < 1.0 {
        format!(", from {} of it", text::percent(share))
    } else {
        String::new()
    }
}

/// Fills the lens' part of the readouts.
pub(super) fn read_out(lens: &FullSize, readouts: &mut Readouts) {
    let picture = &lens.picture;
    let choices = picture.choices;
    let headline: String = self::headline(lens).into_iter().map(|(words, _)| words).collect();
    let [batch, heads, tokens, dim] = picture.shape;
    let line = picture.line();
    let name = plain(choices.measured.short_name());
    let mut spoken = match (line.ms[GPU], line.ratio(CPU)) {
        (Some(ms), Some(ratio)) => format!(
            "{name}, {} tokens, {} seconds, {} times the CPU.",
            text::count(tokens),
            text::number(1e-3 * ms),
            digits(ratio)
        ),
        _ => headline.clone(),
    };
    for ribbon in ribbons(lens) {
        for words in [" ", &ribbon.strong, " ", &ribbon.rest] {
            spoken.push_str(words);
        }
    }
    readouts.headline = headline;
    readouts.spoken = text::spoken(&spoken);
    let mut put = |name: &str, value: f64, text: String| readouts.put(name, Number { value, text });
    put("tokens", tokens as f64, text::count(tokens));
    put("heads", (batch * heads) as f64, text::count(batch * heads));
    put("dim", dim as f64, dim.to_string());
    let tflop = work(picture.shape, choices.measured);
    put("work", tflop, format!("{}\u{a0}TFLOP", text::short(tflop)));
    let operations = operations(picture.shape, choices.measured);
    put("operations", operations, text::short(operations));
    let scores = score_bytes(picture.shape);
    put("score_bytes", scores, bytes(scores));
    let of_head = scores / (batch * heads) as f64;
    put("score_bytes_of_head", of_head, bytes(of_head));
    let tensors = tensor_bytes(choices, picture.shape);
    put("tensor_bytes", tensors, bytes(tensors));
    let intensity = operations / tensors;
    // One key among N − 1 whose logits are 0 has half of the attention at this logit.
    let for_half = (tokens.saturating_sub(1) as f64).ln();
    put("logit_for_half", for_half, text::number(for_half));
    put("intensity", intensity, text::number(intensity));
    put(
        "passes",
        choices.measured.passes() as f64,
        choices.measured.passes().to_string(),
    );
    put("mechanism", f64::from(choices.measured.code()), name);
    if let Some(running) = &lens.running {
        put(
            "progress",
            f64::from(running.done),
            text::percent(f64::from(running.done)),
        );
        put(
            "rows_done",
            running.came as f64,
            format!("{} of {}", running.came, running.rows),
        );
    }
    if let Some(End::Done(seconds)) = lens.end {
        put("seconds", seconds, time(1e3 * seconds));
    }
    let roofs = [("roof_units", units(picture).0), ("roof_memory", memory(picture))];
    for (name, value) in roofs.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        put(name, value, text::number(value));
    }
    if let (_, Some(has)) = room(picture) {
        put("has_bytes", has, bytes(has));
    }
    for spot in &picture.path {
        let tokens = spot.tokens.name();
        put(
            &format!("flop_per_byte at {tokens}"),
            spot.intensity,
            text::number(spot.intensity),
        );
        put(&format!("tflops at {tokens}"), spot.tflops, text::number(spot.tflops));
    }
    for (measured, line) in std::iter::zip(Measured::ALL, &picture.lines) {
        let named: [(&str, Option<f64>, Say); 10] = [
            ("time", line.ms[GPU], time),
            ("cpu time", line.ms[CPU], time),
            ("torch time", line.ms[TORCH], time),
            ("cpu ratio", line.ratio(CPU), times),
            ("torch ratio", line.ratio(TORCH), times),
            ("tflops", line.tflops, text::number),
            ("error", line.error.map(|error| error.relative), text::residual),
            ("tolerance", line.error.map(|error| error.tolerance), text::residual),
            ("peak_bytes", line.peak_bytes.map(|bytes| bytes as f64), bytes),
            ("moved", line.moved, text::number),
        ];
        for (name, value, say) in named {
            if let Some(value) = value {
                put(&format!("{name} of {}", measured.key()), value, say(value));
            }
        }
    }
    readouts.checks = checks(picture);
    readouts.table = table(picture);
}

/// What must hold of what was measured.
fn checks(picture: &Picture) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut count = |id: &'static str, all: &dyn Fn(&Line) -> Option<bool>| {
        let known: Vec<bool> = picture.lines.iter().filter_map(all).collect();
        let right = known.iter().filter(|holds| **holds).count();
        if !known.is_empty() {
            checks.push(Check {
                text: format!("{right} of {}", known.len()),
                ..Check::new(id, (known.len() - right) as f64, 0.0)
            });
        }
    };
    count("errors", &|line| line.error.map(|error| error.is_within()));
    count("repeatable", &|line| line.error?.repeatable);
    let off = |(measured, line): (Measured, &Line)| {
        // How many keys Attention-SH keeps is not in the results.
        let done = line.tflops? * 1e-3 * line.ms[GPU]?;
        (measured != Measured::Sh).then(|| (done / work(picture.shape, measured) - 1.0).abs())
    };
    let off = std::iter::zip(Measured::ALL, &picture.lines).filter_map(off);
    if let Some(most) = off.reduce(f64::max) {
        checks.push(Check::new("work", most, 0.01));
    }
    checks
}

/// The picture as a table, one row a mechanism.
fn table(picture: &Picture) -> Table {
    let columns = [
        "mechanism",
        "this page",
        "CPU",
        "PyTorch",
        "speed vs CPU",
        "vs PyTorch",
        "TFLOP/s",
        "error against f64",
        "tolerance",
        "memory",
        "moved by the noise",
        "why not",
    ];
    let row = |(measured, line): (Measured, &Line)| {
        let [gpu, cpu, torch] = line.ms.map(|ms| or_not(ms, time));
        vec![
            plain(measured.name()),
            gpu,
            cpu + &of_part(line.cpu_share),
            torch,
            or_not(line.ratio(CPU), times),
            or_not(line.ratio(TORCH), times),
            or_not(line.tflops, text::number),
            or_not(line.error.map(|error| error.relative), text::residual),
            or_not(line.error.map(|error| error.tolerance), text::residual),
            or_not(line.peak_bytes.map(|bytes| bytes as f64), bytes),
            or_not(line.moved, text::number),
            line.failure.clone().unwrap_or_default(),
        ]
    };
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: std::iter::zip(Measured::ALL, &picture.lines).map(row).collect(),
    }
}
