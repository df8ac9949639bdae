//! The full-size lens: it replays a file and says so, runs, fills row by row, is cancelled, and keeps what it has.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::measure::ThreadRunner;
use eigenlens::app::{App, System, Wish};
use eigenlens::command::{Command, Edit, FullSizeEdit, SaveAs};
use eigenlens::lab::full_size::{Measured, Spikes, Storage, Tokens};
use eigenlens::lab::{Lab, LensId, Theme, link, results};
use eigenlens::lens::full_size::run::{Availability, RunEvent, RunRequest, Runner};
use eigenlens_gpu::{Kind, Precision, Results, Row};

use super::bench::{centre, in_system, number, on};
use super::looks::{SIZES, check_texts};

/// Numbers of no machine, near those of the design's picture.
const SAMPLE: &str = include_str!("full_size.json");
/// Between two looks at what another thread does.
const POLL: Duration = Duration::from_millis(50);
const SIZE: [f32; 2] = [1056.0, 900.0];

fn sample() -> Results {
    results::read(SAMPLE).expect("results")
}

/// A run as it is told: the test says what comes of it.
#[derive(Default)]
struct Script {
    asked: Vec<RunRequest>,
    events: VecDeque<RunEvent>,
    cancels: usize,
}

struct Scripted(Rc<RefCell<Script>>);

impl Runner for Scripted {
    fn start(&mut self, request: RunRequest) {
        self.0.borrow_mut().asked.push(request);
    }

    fn poll(&mut self) -> Option<RunEvent> {
        self.0.borrow_mut().events.pop_front()
    }

    fn cancel(&mut self) {
        self.0.borrow_mut().cancels += 1;
    }

    fn availability(&self) -> Availability {
        Availability::Ready {
            adapter: "Here".to_owned(),
        }
    }
}

fn lab_in(theme: Theme) -> Lab {
    let mut lab = Lab {
        lens: LensId::FullSize,
        theme: Some(theme),
        ..Lab::default()
    };
    lab.choices.full_size.tokens = Tokens::Long32k;
    lab
}

/// The lens as it is where nothing measures and nothing that was saved has come yet.
fn empty(size: [f32; 2]) -> Harness<'static, App> {
    let system = System {
        texts_outside: true,
        ..System::default()
    };
    in_system(size, system, |context, system| {
        App::new(context, lab_in(Theme::Light), system)
    })
}

/// The lens with the sample opened.
fn replaying(size: [f32; 2]) -> Harness<'static, App> {
    let mut harness = empty(size);
    harness.state_mut().open_results("sample.json", SAMPLE);
    harness.run();
    harness
}

/// The lens with a run that the test tells.
fn scripted(size: [f32; 2]) -> (Harness<'static, App>, Rc<RefCell<Script>>) {
    let mut harness = empty(size);
    let script = Rc::new(RefCell::new(Script::default()));
    harness.state_mut().measure_with(Box::new(Scripted(Rc::clone(&script))));
    harness.run();
    (harness, script)
}

/// Says what comes next, and shows it.
fn tell(harness: &mut Harness<'_, App>, script: &Rc<RefCell<Script>>, events: impl IntoIterator<Item = RunEvent>) {
    script.borrow_mut().events.extend(events);
    harness.run_steps(3);
}

/// The rows of the sample that a run of GPT-2's size in f16 gives here.
fn rows() -> Vec<Row> {
    let of = |row: &Row| {
        row.shape == Tokens::Gpt2.shape()
            && row.by.kind != Kind::Torch
            && (row.precision == "f16" || row.by.kind == Kind::Cpu)
    };
    sample().rows.into_iter().filter(of).collect()
}

fn machine() -> RunEvent {
    let Results {
        mut machine, ceilings, ..
    } = sample();
    "Here".clone_into(&mut machine.adapter);
    RunEvent::Machine(machine, ceilings)
}

fn headline(harness: &Harness<'_, App>) -> String {
    harness.state().readouts().headline.replace('\u{a0}', " ")
}

fn edit(harness: &mut Harness<'_, App>, edit: FullSizeEdit) {
    harness.state_mut().run(vec![Command::Edit(Edit::FullSize(edit))], 0.0);
    harness.run_steps(3);
}

#[test]
fn without_results_it_says_so_and_claims_nothing() {
    let mut harness = empty(SIZE);
    assert!(!harness.state_mut().command("save results"), "there are none");
    assert_eq!(
        headline(&harness),
        "No results yet. No GPU reached: this program has no GPU module."
    );
    let readouts = harness.state().readouts();
    assert!(readouts.checks.is_empty());
    assert!(
        !readouts.numbers.keys().any(|name| name.starts_with("time of")),
        "{:?}",
        readouts.numbers
    );
    let cells = readouts.table.rows.iter().flat_map(|row| row.iter().skip(1));
    assert!(cells.clone().all(|cell| cell == "not measured" || cell.is_empty()));
    assert!(harness.query_by_label("Run").is_none(), "there is nothing to run on");
    harness.get_by_label("No GPU reached");
    let (harness, _) = scripted(SIZE);
    assert_eq!(headline(&harness), "No results yet. Run measures this machine.");
    harness.get_by_label("Run");
}

#[test]
fn a_file_is_replayed_and_the_ribbon_is_never_omitted() {
    for size in SIZES {
        let harness = replaying(size);
        harness.get_by_label_contains("Replaying Test adapter, 2026-11-20.");
        assert_eq!(
            headline(&harness),
            "32 768 tokens in 230 ms, without the N × N matrix of 137 GB.",
            "{size:?}"
        );
    }
    let harness = replaying(SIZE);
    assert!(
        harness
            .state()
            .readouts()
            .spoken
            .starts_with("RPC, n = 4, 32768 tokens, 0.23 seconds, "),
        "{}",
        harness.state().readouts().spoken
    );
    assert!((number(&harness, "torch ratio of rpc") - 0.92).abs() < 1e-3);
    assert!(
        (number(&harness, "flop_per_byte at 32k") - 65_536.0).abs() < 1.0,
        "four passes over f16"
    );
    assert_eq!(number(&harness, "score_bytes"), 137_438_953_472.0);
    assert_eq!(number(&harness, "moved of rpc"), 0.8);
    let checks = &harness.state().readouts().checks;
    assert_eq!(checks.len(), 3);
    assert!(checks.iter().all(|check| check.holds), "{checks:?}");
    harness.get_by_label_contains("RPC, n = 4: 230\u{a0}ms; CPU ");
}

#[test]
fn a_cut_or_foreign_file_is_refused_in_one_line_and_nothing_changes() {
    let mut harness = replaying(SIZE);
    let before = headline(&harness);
    for wrong in ["", "{\"machine\": {}, \"rows\": []}", &SAMPLE[..4000], "[]", "\u{0}"] {
        harness.state_mut().open_results("wrong.json", wrong);
        harness.run();
        let notice = harness.state().readouts().notices.last().cloned().expect("a notice");
        assert_eq!(notice.what, "wrong.json was not opened");
        assert!(
            !notice.place.contains('\n') && notice.place.ends_with('.'),
            "{}",
            notice.place
        );
        assert_eq!(headline(&harness), before);
    }
}

#[test]
fn size_mechanism_precision_and_noise_are_chosen_and_undone() {
    let mut harness = replaying(SIZE);
    let choices = |harness: &Harness<'_, App>| harness.state().lab().choices.full_size;
    harness.get_by_label("Tokens 1k").click();
    harness.run();
    assert_eq!(choices(&harness).tokens, Tokens::Gpt2);
    assert_eq!(number(&harness, "tokens"), 1024.0);
    assert!(
        headline(&harness).starts_with("1024 tokens in "),
        "{}",
        headline(&harness)
    );
    harness.get_by_label("Precision f32").click();
    harness.run();
    assert_eq!(choices(&harness).storage, Storage::F32);
    assert_eq!(number(&harness, "roof_units"), 58.0, "another roof");
    harness.get_by_label("Noise: 3\u{a0}% spikes").click();
    harness.run();
    harness.get_by_label("1\u{a0}% spikes").click();
    harness.run();
    assert_eq!(choices(&harness).spikes, Spikes::One);
    assert!(
        !harness.state().readouts().numbers.contains_key("moved of rpc"),
        "the file has 3 % only, and no number is made up"
    );
    harness.get_by_label_contains("Attention-SH: ").click();
    harness.run();
    assert_eq!(choices(&harness).measured, Measured::Sh);
    for (key, measured) in [
        (Key::CloseBracket, Measured::Rpc),
        (Key::OpenBracket, Measured::Sh),
        (Key::OpenBracket, Measured::Bn),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(choices(&harness).measured, measured);
    }
    harness.key_press(Key::C);
    harness.run();
    assert_eq!(choices(&harness).storage, Storage::F16, "C is the first switch");
    let (back, notice) = link::decode(&link::encode(harness.state().lab()));
    assert_eq!((back.choices.full_size, notice), (choices(&harness), None));
    for _ in 0..8 {
        harness.state_mut().run(vec![Command::Undo], 0.0);
    }
    harness.run();
    assert_eq!(choices(&harness), lab_in(Theme::Light).choices.full_size);
    assert!(!harness.state().readouts().can_undo);
}

#[test]
fn the_lens_is_the_seventh() {
    let mut harness = on(SIZE, Lab::default());
    harness.key_press(Key::Num7);
    harness.run();
    assert_eq!(harness.state().lab().lens, LensId::FullSize);
    assert_eq!(harness.state().explain_id(), "full-size");
    assert!(harness.state().place("board").is_none(), "it has no board of tokens");
    harness.state_mut().run(vec![Command::Lens(LensId::Softmax)], 0.0);
    harness.run();
    harness.get_by_label("Full size").click();
    harness.run();
    assert_eq!(harness.state().lab().lens, LensId::FullSize);
    for name in [
        "full-size tokens 4k",
        "full-size mechanism softmax",
        "full-size precision f32",
        "full-size noise 0",
    ] {
        assert!(harness.state_mut().command(name), "{name}");
    }
    harness.get_by_label_contains("Replaying llvmpipe");
    assert!(harness.state_mut().command("save results"), "what is replayed");
}

/// Steps frames until the run has ended.
fn finish(harness: &mut Harness<'_, App>) {
    // A run has an end; a test that waits for ever is ended by who runs it.
    while harness.state().readouts().numbers.contains_key("progress") {
        std::thread::sleep(POLL);
        harness.step();
    }
}

#[test]
fn run_measures_this_machine_and_takes_the_place_of_the_replay() {
    let mut harness = replaying(SIZE);
    harness.state_mut().measure_with(Box::new(ThreadRunner::default()));
    harness.state_mut().open_results("sample.json", SAMPLE);
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Gpt2));
    edit(&mut harness, FullSizeEdit::Storage(Storage::F32));
    harness.get_by_label_contains("Replaying Test adapter");
    let names = ["time of", "error of", "cpu ratio of", "moved of"];
    let numbers = |harness: &Harness<'_, App>| {
        let of = |measured: &Measured| names.map(|name| number(harness, &format!("{name} {}", measured.key())));
        Measured::ALL.iter().map(of).collect::<Vec<_>>()
    };
    let replayed = numbers(&harness);
    // The adapter is looked for on another thread.
    while harness.query_by_label("Run").is_none() {
        std::thread::sleep(POLL);
        harness.step();
    }
    harness.get_by_label("Run").click();
    harness.run_steps(2);
    harness.get_by_label("Cancel");
    finish(&mut harness);
    harness.get_by_label_contains("done in ");
    assert_eq!(
        number(&harness, "tokens"),
        1024.0,
        "heads are left out before tokens are"
    );
    assert!(number(&harness, "heads") < 192.0);
    harness.get_by_label_contains("would take minutes for [16, 12, 1024, 64]; [1, ");
    assert!(harness.query_by_label_contains("Replaying").is_none());
    for ((measured, before), after) in Measured::ALL.iter().zip(replayed).zip(numbers(&harness)) {
        for ((name, before), after) in names.iter().zip(before).zip(after) {
            let name = format!("{name} {}", measured.key());
            assert!(after.is_finite() && after > 0.0, "{name}: {after}");
            assert_ne!(before, after, "{name}");
        }
        let [_, error, ..] = after;
        assert!(error <= number(&harness, &format!("tolerance of {}", measured.key())));
    }
    let file = harness.state().results_json().expect("results");
    let saved = results::read(&file).expect("a file of results");
    assert!(saved.machine.software, "{:?}", saved.machine);
    assert_eq!(saved.rows.len(), 2 * Measured::ALL.len());
}

#[test]
fn a_run_can_be_stopped_and_another_one_begun() {
    let mut harness = empty(SIZE);
    harness.state_mut().measure_with(Box::new(ThreadRunner::default()));
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Deit));
    while harness.query_by_label("Run").is_none() {
        std::thread::sleep(POLL);
        harness.step();
    }
    for word in ["Run", "Run again"] {
        harness.get_by_label(word).click();
        harness.run_steps(2);
        harness.get_by_label("Cancel");
        harness.key_press(Key::Escape);
        finish(&mut harness);
        harness.get_by_label("stopped; what came stays");
    }
}

#[test]
fn a_run_is_asked_for_and_its_rows_appear_as_they_come() {
    let (mut harness, script) = scripted(SIZE);
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Gpt2));
    harness.get_by_label("Run").click();
    harness.run_steps(3);
    assert_eq!(
        script.borrow().asked,
        [RunRequest {
            shape: [16, 12, 1024, 64],
            mechanisms: Measured::ALL.to_vec(),
            precision: Precision::F16,
            noise: Some(0.03),
            seed: 1,
        }]
    );
    let rows = rows();
    let count = rows.len();
    tell(&mut harness, &script, [RunEvent::Started { rows: count }, machine()]);
    harness.get_by_label("Cancel");
    assert!(harness.query_by_label("Run").is_none(), "one at a time");
    for (i, row) in rows.into_iter().enumerate() {
        let progress = RunEvent::Progress {
            done: i as f32 / count as f32,
            what: "softmax".to_owned(),
            seconds_left: Some(12.0),
        };
        tell(&mut harness, &script, [progress, RunEvent::Row(row)]);
        assert_eq!(number(&harness, "rows_done"), (i + 1) as f64);
        let times = harness
            .state()
            .readouts()
            .numbers
            .keys()
            .filter(|name| name.starts_with("time of"));
        // A row of the GPU, then one of the CPU.
        assert!(times.count() >= i.div_ceil(2));
    }
    harness.get_by_label_contains("12\u{a0}s left");
    tell(&mut harness, &script, [RunEvent::Done { seconds: 41.0 }]);
    harness.get_by_label("done in 41\u{a0}s");
    harness.get_by_label("Run again");
    assert!(
        harness.query_by_label_contains("eplaying").is_none(),
        "all of it was measured here"
    );
    assert!(headline(&harness).starts_with("1024 tokens in "));
    assert!(number(&harness, "cpu ratio of softmax") > 100.0);
    // A size that was not run has no number.
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Deit));
    assert_eq!(headline(&harness), "No results yet. Run measures this machine.");
    // What was measured is saved, and read again elsewhere.
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Gpt2));
    harness.state_mut().take_wishes();
    assert!(harness.state_mut().command("save results"));
    assert!(harness.state_mut().take_wishes().contains(&Wish::Save(SaveAs::Results)));
    assert_eq!(SaveAs::Results.file_name(), "results.json");
    let file = harness.state().results_json().expect("results");
    let saved = results::read(&file).expect("a file of results");
    assert_eq!((saved.rows.len(), saved.machine.adapter.as_str()), (count, "Here"));
    let mut elsewhere = empty(SIZE);
    elsewhere.state_mut().open_results("results.json", &file);
    edit(&mut elsewhere, FullSizeEdit::Tokens(Tokens::Gpt2));
    elsewhere.get_by_label_contains("Replaying Here, ");
    assert_eq!(headline(&elsewhere), headline(&harness));
}

#[test]
fn a_run_that_is_reduced_is_shown_at_its_own_size() {
    let (mut harness, script) = scripted(SIZE);
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Gpt2));
    harness.get_by_label("Run").click();
    harness.run_steps(3);
    let notice = "Here would take minutes for [16, 12, 1024, 64]; [1, 3, 512, 64] is measured.";
    tell(&mut harness, &script, [machine(), RunEvent::Notice(notice.to_owned())]);
    let reduced = rows().into_iter().map(|mut row| {
        row.shape = [1, 3, 512, 64];
        RunEvent::Row(row)
    });
    tell(&mut harness, &script, reduced);
    tell(&mut harness, &script, [RunEvent::Done { seconds: 3.0 }]);
    assert!(
        headline(&harness).starts_with("512 tokens in "),
        "{}",
        headline(&harness)
    );
    assert_eq!(number(&harness, "heads"), 3.0);
    harness.get_by_label(notice);
    // The same rows from a file.
    let file = harness.state().results_json().expect("results");
    let mut elsewhere = empty(SIZE);
    elsewhere.state_mut().open_results("results.json", &file);
    edit(&mut elsewhere, FullSizeEdit::Tokens(Tokens::Gpt2));
    assert_eq!(headline(&elsewhere), headline(&harness));
}

#[test]
fn pytorch_is_replayed_beside_what_is_measured_here() {
    let (mut harness, script) = scripted(SIZE);
    harness.state_mut().open_results("sample.json", SAMPLE);
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Gpt2));
    harness.get_by_label_contains("Replaying Test adapter, 2026-11-20. Nothing was run here.");
    harness.get_by_label("Run").click();
    harness.run_steps(3);
    tell(&mut harness, &script, [RunEvent::Started { rows: 1 }, machine()]);
    assert!(
        !harness.state().readouts().numbers.contains_key("time of softmax"),
        "what is replayed is not shown as what was measured here"
    );
    tell(&mut harness, &script, rows().into_iter().map(RunEvent::Row));
    tell(&mut harness, &script, [RunEvent::Done { seconds: 1.5 }]);
    harness.get_by_label_contains("PyTorch: replaying Test adapter, 2026-11-20.");
    assert!((number(&harness, "torch ratio of softmax") - 0.79).abs() < 1e-3);
    // The file again, and back.
    harness.state_mut().open_results("sample.json", SAMPLE);
    harness.run_steps(3);
    harness.get_by_label_contains("Replaying Test adapter, ");
    harness.get_by_label("Show what was measured here").click();
    harness.run_steps(3);
    harness.get_by_label_contains("PyTorch: replaying");
}

#[test]
fn a_run_is_cancelled_by_its_button_and_by_escape_and_keeps_what_came() {
    let (mut harness, script) = scripted(SIZE);
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Gpt2));
    assert!(!harness.state_mut().command("escape"), "nothing is under way");
    for (times, by_key) in [(1, false), (2, true)] {
        let at = centre(&harness, "run");
        harness.drag_at(at);
        harness.run_steps(2);
        harness.drop_at(at);
        harness.run_steps(3);
        let first = rows().into_iter().take(1).map(RunEvent::Row);
        tell(&mut harness, &script, [RunEvent::Started { rows: 12 }, machine()]);
        tell(&mut harness, &script, first);
        if by_key {
            assert!(harness.state_mut().command("escape"));
        } else {
            harness.get_by_label("Cancel").click();
        }
        harness.run_steps(3);
        assert_eq!(script.borrow().cancels, times);
        tell(&mut harness, &script, [RunEvent::Cancelled]);
        harness.get_by_label("stopped; what came stays");
        assert!(number(&harness, "time of softmax") > 0.0);
        assert!(!harness.state().readouts().numbers.contains_key("time of rpc"));
    }
}

#[test]
fn a_run_that_fails_says_why_and_loses_nothing() {
    let (mut harness, script) = scripted(SIZE);
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Gpt2));
    harness.get_by_label("Run").click();
    harness.run_steps(3);
    tell(&mut harness, &script, [RunEvent::Started { rows: 12 }, machine()]);
    tell(&mut harness, &script, rows().into_iter().map(RunEvent::Row));
    tell(
        &mut harness,
        &script,
        [RunEvent::Notice("Half of the heads fit.".to_owned())],
    );
    harness.get_by_label("Half of the heads fit.");
    tell(
        &mut harness,
        &script,
        [RunEvent::Failed("Needs 275 GB, this device has 141 GB.".to_owned())],
    );
    harness.get_by_label("The run broke off. Needs 275 GB, this device has 141 GB.");
    assert!(harness.state().readouts().spoken.ends_with("this device has 141 GB."));
    let before = number(&harness, "time of softmax");
    // Again, and it goes through: the message is gone, a row that comes again takes the place of the old one.
    harness.get_by_label("Run again").click();
    harness.run_steps(3);
    let mut softmax = rows().into_iter().next().expect("a row");
    if let Some(time) = &mut softmax.time {
        time.median_ms *= 0.5;
    }
    tell(
        &mut harness,
        &script,
        [RunEvent::Row(softmax), RunEvent::Done { seconds: 2.0 }],
    );
    assert!(harness.query_by_label_contains("broke off").is_none());
    assert_eq!(number(&harness, "time of softmax"), 0.5 * before);
    let saved = results::read(&harness.state().results_json().expect("results")).expect("a file");
    assert_eq!(saved.rows.len(), rows().len());
}

#[test]
fn a_runner_that_talks_nonsense_breaks_nothing() {
    let (mut harness, script) = scripted(SIZE);
    tell(
        &mut harness,
        &script,
        [RunEvent::Done { seconds: f64::NAN }, RunEvent::Cancelled],
    );
    harness.get_by_label("Run again").click();
    harness.run_steps(3);
    let mut row = sample()
        .rows
        .into_iter()
        .find(|row| row.shape == Tokens::Long32k.shape())
        .expect("a row");
    if let (Some(time), Some(error)) = (&mut row.time, &mut row.error) {
        time.median_ms = f64::INFINITY;
        error.relative = f64::NAN;
        error.tolerance = 0.0;
    }
    row.tflops = Some(f64::NAN);
    row.peak_bytes = Some(u64::MAX);
    let nonsense = RunEvent::Progress {
        done: f32::NAN,
        what: String::new(),
        seconds_left: Some(f32::INFINITY),
    };
    tell(&mut harness, &script, [nonsense, machine(), RunEvent::Row(row)]);
    for size in SIZES {
        harness.set_size(size.into());
        harness.run_steps(3);
    }
    assert!(headline(&harness).contains("not measured"), "{}", headline(&harness));
}

#[test]
fn the_page_fetches_what_was_saved() {
    let mut harness = empty(SIZE);
    let wishes = harness.state_mut().take_wishes();
    assert_eq!(
        wishes.iter().filter(|wish| **wish == Wish::Results).count(),
        0,
        "taken by the window"
    );
    harness.state_mut().take_results(&format!("[{SAMPLE}]"));
    harness.run();
    harness.get_by_label_contains("Replaying Test adapter, 2026-11-20.");
    harness.state_mut().take_results("<!doctype html>");
    harness.run();
    let notice = harness.state().readouts().notices.last().expect("a notice");
    assert_eq!(notice.what, "Saved results was not opened");
}

/// What the lens can look like, in every size and theme, with room for every text.
fn in_every_look(name: &str, harness: &mut Harness<'_, App>) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    for size in SIZES.into_iter().chain([[390.0, 844.0]]) {
        for theme in Theme::ALL {
            harness.set_size(size.into());
            harness.state_mut().run(vec![Command::Theme(*theme)], 0.0);
            harness.run_steps(4);
            let image = harness.render().expect("a picture");
            let file = format!("full-size-{name}-{}x{}-{}.png", size[0], size[1], theme.key());
            image.save(folder.join(file)).expect("a file");
            check_texts(harness, size, *theme);
        }
    }
}

#[test]
fn the_replay_can_be_looked_at() {
    // As wide as the largest: the words beside the picture come and go with the size.
    in_every_look("replay", &mut replaying([1440.0, 900.0]));
}

#[test]
fn the_empty_lens_can_be_looked_at() {
    in_every_look("empty", &mut empty([1440.0, 900.0]));
}

#[test]
fn a_run_can_be_looked_at() {
    let (mut harness, script) = scripted([1440.0, 900.0]);
    harness.state_mut().open_results("sample.json", SAMPLE);
    edit(&mut harness, FullSizeEdit::Tokens(Tokens::Gpt2));
    harness.get_by_label("Run").click();
    harness.run_steps(3);
    let progress = RunEvent::Progress {
        done: 0.4,
        what: "RPC on the CPU".to_owned(),
        seconds_left: Some(23.4),
    };
    tell(
        &mut harness,
        &script,
        [RunEvent::Started { rows: 12 }, machine(), progress],
    );
    tell(&mut harness, &script, rows().into_iter().take(5).map(RunEvent::Row));
    tell(
        &mut harness,
        &script,
        [RunEvent::Notice("No sizes were reduced.".to_owned())],
    );
    in_every_look("run", &mut harness);
    tell(&mut harness, &script, rows().into_iter().map(RunEvent::Row));
    tell(
        &mut harness,
        &script,
        [RunEvent::Failed("Needs 275 GB, this device has 141 GB.".to_owned())],
    );
    in_every_look("failed", &mut harness);
}

#[test]
fn the_cards_of_a_phone_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    let mut harness = replaying([390.0, 844.0]);
    for card in ["Speed", "Roofline", "Error", "Memory", "Noise", "Choices"] {
        harness.get_by_label(card).click();
        harness.run();
        check_texts(&harness, [390.0, 844.0], Theme::Light);
        let image = harness.render().expect("a picture");
        image
            .save(folder.join(format!("full-size-card-{card}.png")))
            .expect("a file");
    }
    harness.get_by_label("Precision f32").click();
    harness.run();
    assert_eq!(harness.state().lab().choices.full_size.storage, Storage::F32);
}
