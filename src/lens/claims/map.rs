//! The map of the heads: one test in every layer and head, of the cloud or of tests that were opened, and where its heads are.

use std::sync::Arc;

use egui::{Align, Align2, Layout, Rect, Ui, UiBuilder, pos2};
use eigenlens_core::claims::{ProjectionClaim, Spread, permuted_rows};
use eigenlens_core::{Error, Head, KeyBias, Metric, Scoring, attend};

use super::Claims;
use super::derive::SEED;
use crate::command::{ClaimsEdit, Command, Edit};
use crate::job::{Step, Task};
use crate::lab::claims::{Draws, HeadClaims, TESTS, Test, stream};
use crate::lab::readout::text;
use crate::lab::tested::{Cell, Cells, Group, Null, Tested, cells};
use crate::lab::text::{HEADS_IN_LAYER, TextId};
use crate::lab::{Lab, LensId, Library, Source, ValuesFrom};
use crate::lens::{Out, Stage};
use crate::look::name::Set;
use crate::look::theme::size;
use crate::look::widgets::{self, Button};
use crate::microscope::heads::{self, Mark};
use crate::microscope::{fitted, put};

/// Permutations of a null of the cloud's own map.
pub(super) const DRAWS: usize = 20;
/// Tests against the theorem: the first of all.
const AGAINST_THEOREM: usize = 7;
/// How far a number of a file may be off the same one here.
const AGREES: f64 = 1e-6;

/// What the heads of opened tests were sought among.
#[derive(Debug, PartialEq)]
pub(super) struct Sought {
    group: u8,
    tested: Option<*const Tested>,
    sources: Vec<Source>,
}

/// One test in every head.
pub(super) struct Map<'a> {
    pub(super) test: &'static Test,
    /// Layer by layer.
    pub(super) cells: Vec<Cell>,
    pub(super) group: &'a Group,
    /// The head on the board, where it is one of them.
    pub(super) present: Option<usize>,
    /// The file that it is from; none for the heads of the cloud.
    pub(super) file: Option<&'a Tested>,
}

/// Where the heads of a group of opened tests are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Heads {
    /// On the board when they are asked for.
    Here(Source),
    /// What is missing, as a sentence.
    Missing(String),
}

impl Map<'_> {
    /// The means of the values and of their nulls, over the heads that have them.
    pub(super) fn means(&self) -> [Option<f64>; 2] {
        let mean = |numbers: Vec<f64>| {
            let count = numbers.len() as f64;
            (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / count)
        };
        let nulls = self.cells.iter().filter_map(|cell| Some(cell.null?.mean));
        [
            mean(self.cells.iter().filter_map(|cell| cell.value).collect()),
            mean(nulls.collect()),
        ]
    }

    /// Whether a null of the test is drawn for the heads of the cloud.
    fn has_null(&self) -> bool {
        TESTS
            .iter()
            .position(|test| test == self.test)
            .is_some_and(|at| at < AGAINST_THEOREM)
    }

    /// How many heads are outside 95 % of their null, and how many have one.
    pub(super) fn outside(&self) -> [usize; 2] {
        let outside: Vec<bool> = self.cells.iter().filter_map(|cell| cell.outside()).collect();
        [outside.iter().filter(|outside| **outside).count(), outside.len()]
    }
}

impl Claims {
    /// The map that is chosen: of opened tests, where there are such, else of the cloud.
    pub(super) fn map(&self) -> Option<Map<'_>> {
        let test = TESTS.get(usize::from(self.choices.test)).unwrap_or(&TESTS[0]);
        let at = usize::from(self.choices.test).min(TESTS.len() - 1);
        let opened = self.opened().map(|(file, group)| (Some(file), group));
        let (file, group) = opened.or_else(|| self.own_map().map(|group| (None, group)))?;
        let on_board = match (&self.grounds, file) {
            (Some(Heads::Here(source)), Some(_)) => self.source.as_ref() == Some(source),
            (_, Some(_)) => false,
            (_, None) => true,
        };
        Some(Map {
            test,
            cells: group.test(at),
            group,
            present: on_board.then_some(self.present),
            file,
        })
    }

    /// The chosen group of opened tests.
    fn opened(&self) -> Option<(&Tested, &Group)> {
        let file = self.tested.as_deref()?;
        let group = usize::from(self.choices.group).checked_sub(1)?;
        Some((file, file.groups.get(group).or(file.groups.first())?))
    }

    /// The tests of the heads of the cloud, where it has several.
    pub(super) fn own_map(&self) -> Option<&Group> {
        let own = self.map.answer().or(self.map.partial());
        own.filter(|group| group.heads.len() > 1)
    }

    /// Whether the nulls of the cloud's own map are still drawn.
    fn map_is_coming(&self) -> bool {
        self.map.answer().is_none() && self.choices.group == 0
    }

    /// Finds the heads of the chosen group, where what there is has changed.
    pub(super) fn find_heads(&mut self, lab: &Lab, library: &Library) {
        let tested = library.tested.clone();
        let present = &lab.scene.source;
        let others = library.files().map(|(source, _)| source.clone());
        let sought = Sought {
            group: lab.choices.claims.group,
            tested: tested.as_ref().map(Arc::as_ptr),
            sources: std::iter::once(present.clone()).chain(others).collect(),
        };
        if self.sought.as_ref() == Some(&sought) {
            return;
        }
        self.tested = tested;
        self.sought = Some(sought);
        self.news = true;
        let found = self
            .opened()
            .map(|(file, group)| heads_of(file, group, present, library));
        self.grounds = found;
    }
}

/// The heads that a group was tested on: of a text that comes with the program, or of an opened file of the same shape with the
/// same numbers.
fn heads_of(file: &Tested, group: &Group, present: &Source, library: &Library) -> Heads {
    let layers = group.heads.len() / group.heads_in_layer.max(1);
    let shape = format!("{layers} × {} heads of {} tokens", group.heads_in_layer, group.tokens);
    let shipped = TextId::from_key(&group.name).filter(|id| {
        usize::from(id.text().count()) == group.tokens && group.heads_in_layer == usize::from(HEADS_IN_LAYER)
    });
    let mut files: Vec<_> = library.files().collect();
    files.sort_by_key(|(source, _)| *source != present);
    let suits = |heads: &[Head]| {
        heads.len() == group.heads.len()
            && heads
                .first()
                .is_some_and(|head| head.n_keys() == group.tokens && head.value_dim() == group.value_dim)
    };
    let mut others = None;
    for (source, cloud) in files.iter().filter(|(_, cloud)| suits(cloud.heads())) {
        if agrees(group, cloud.heads()) {
            return Heads::Here((*source).clone());
        }
        others = Some(source.name());
    }
    if let Some(id) = shipped {
        return Heads::Here(Source::Text(id));
    }
    Heads::Missing(match others {
        Some(name) => format!("{name} has other numbers than {}.", file.name),
        None => format!("Not open here: these {shape}."),
    })
}

/// Whether the first head that was tested has the same sums of columns here: they ask for no eigenvectors.
fn agrees(group: &Group, heads: &[Head]) -> bool {
    let first = std::iter::zip(&group.heads, heads).find_map(|(cells, head)| Some((cells.as_ref()?, head)));
    let told = first.and_then(|(cells, head)| {
        let at = TESTS.iter().position(|test| test.key == "column_sum")?;
        Some((cells.get(at)?.value?, head))
    });
    match told {
        Some((told, head)) => column_sum(head).is_ok_and(|own| (told - own).abs() <= AGREES),
        // What a file does not say cannot disagree.
        None => true,
    }
}

/// The mean over the columns of `|Σ_j g_j v_jd|/Σ_j |g_j v_jd|`.
fn column_sum(head: &Head) -> Result<f64, Error> {
    let keys = Head::new(head.keys().clone(), head.keys().clone(), head.values().clone())?;
    let scoring = Scoring::new(Metric::Identity, (head.dim() as f64).sqrt(), KeyBias::Zero)?;
    let logs = attend(&keys, &scoring)?.log_normaliser;
    let normaliser = logs.map(|log| (log - logs.max()).exp());
    let sums = head.values().column_iter().map(|column| {
        let size = std::iter::zip(&column, &normaliser)
            .map(|(v, g)| (v * g).abs())
            .sum::<f64>();
        if size > 0.0 {
            column.dot(&normaliser).abs() / size
        } else {
            0.0
        }
    });
    Ok(sums.sum::<f64>() / head.value_dim() as f64)
}

/// The tests of every head, one head a call; then the nulls of those against the theorem, one permutation a call.
pub(super) fn task(name: String, heads: Vec<Head>) -> Task<Group> {
    let first = heads.first();
    let mut group = Group {
        name,
        tokens: first.map_or(0, Head::n_keys),
        value_dim: first.map_or(0, Head::value_dim),
        heads_in_layer: usize::from(HEADS_IN_LAYER).min(heads.len().max(1)),
        heads: Vec::new(),
    };
    let of = heads.len();
    let mut drawing: Option<Drawing> = None;
    let mut at = 0;
    Box::new(move || {
        if let Some(head) = heads.get(group.heads.len()) {
            let none = Draws { count: 0, seed: SEED };
            let tested = HeadClaims::new(head, group.heads.len(), none);
            group.heads.push(tested.ok().map(|claims| cells(&claims)));
            let done = group.heads.len();
            return if done == of {
                Step::Partial(group.clone())
            } else {
                Step::Running { done, of }
            };
        }
        let Some(head) = heads.get(at) else {
            return Step::Done(group.clone());
        };
        let drawn = match &mut drawing {
            Some(drawing) => drawing.draw(head),
            None => Drawing::new(head, at).map(|new| drawing = Some(new)),
        };
        let is_whole = drawing.as_ref().is_some_and(|drawing| drawing.draws.len() >= DRAWS);
        if drawn.is_err() || is_whole {
            if let (Some(drawing), Some(Some(cells))) = (drawing.take(), group.heads.get_mut(at)) {
                drawing.put_into(cells);
            }
            at += 1;
        }
        Step::Running { done: at, of }
    })
}

/// The null of one head while it is drawn.
struct Drawing {
    claim: ProjectionClaim,
    uniform: Box<dyn FnMut() -> f64 + Send>,
    /// The numbers of each draw, in the order of the tests against the theorem.
    draws: Vec<Vec<Option<f64>>>,
}

impl Drawing {
    fn new(head: &Head, number: usize) -> Result<Self, Error> {
        Ok(Self {
            claim: ProjectionClaim::new(head, None)?,
            uniform: Box::new(stream(SEED, number)),
            draws: Vec::new(),
        })
    }

    fn draw(&mut self, head: &Head) -> Result<(), Error> {
        let tests = self.claim.tests(&permuted_rows(head.values(), &mut *self.uniform))?;
        let literal = &tests.literal;
        let mut draw = tests.gauge_free.numbers().map_or([None; 3], |x| x.map(Some)).to_vec();
        let numbers = [
            literal.column_sum(),
            literal.eigen_residual(),
            literal.bessel,
            literal.loss,
        ];
        draw.extend(numbers.map(Some));
        self.draws.push(draw);
        Ok(())
    }

    fn put_into(self, cells: &mut Cells) {
        for (at, cell) in cells.iter_mut().enumerate() {
            let numbers: Option<Vec<f64>> = self.draws.iter().map(|draw| *draw.get(at)?).collect();
            let spread = numbers.and_then(|numbers| Spread::new(numbers).ok());
            cell.null = spread.map(|spread| Null {
                mean: spread.mean(),
                interval: spread.interval(),
            });
        }
    }
}

/// What stands over the map: which test, and whose heads. The rest of the room.
fn choices_ui(lens: &Claims, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, map: &Map<'_>, out: &mut Out) -> Rect {
    let theme = stage.theme;
    let row = rect.with_max_y(rect.top() + theme.px(36.0));
    let flow = Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().id_salt("map").max_rect(row).layout(flow));
    child.spacing_mut().item_spacing.x = theme.px(8.0);
    child.shrink_clip_rect(row);
    let whose = whose(lens, map);
    let mut chosen = None;
    let response = widgets::choice(&mut child, theme, "", map.test.name, |ui| {
        for (at, test) in (0_u8..).zip(&TESTS) {
            let look = Button::chosen(*test == *map.test);
            if widgets::menu_row(ui, theme, None, test.name, test.kind.name(), look).clicked() {
                chosen = Some(ClaimsEdit::Test(at));
            }
        }
    });
    out.places.push(("test", response.rect));
    if let Some(tested) = &lens.tested {
        let response = widgets::choice(&mut child, theme, "", &whose, |ui| {
            let here = Button::chosen(map.file.is_none());
            if widgets::menu_row(ui, theme, None, "the cloud on the board", "", here).clicked() {
                chosen = Some(ClaimsEdit::Group(0));
            }
            for (at, group) in (1_u8..).zip(&tested.groups) {
                let look = Button::chosen(map.file.is_some() && group.name == map.group.name);
                if widgets::menu_row(ui, theme, None, &named(tested, group), &tested.name, look).clicked() {
                    chosen = Some(ClaimsEdit::Group(at));
                }
            }
        });
        out.places.push(("whose", response.rect));
    }
    out.commands
        .extend(chosen.map(|edit| Command::Edit(Edit::Claims(edit))));
    rect.with_min_y(row.bottom() + theme.px(8.0))
}

/// The name of a group, or that of the file where it has none.
fn named(tested: &Tested, group: &Group) -> String {
    if group.name.is_empty() {
        tested.name.clone()
    } else {
        group.name.clone()
    }
}

fn whose(lens: &Claims, map: &Map<'_>) -> String {
    match map.file {
        Some(file) => named(file, map.group),
        None => lens.source.as_ref().map_or_else(String::new, Source::name),
    }
}

/// The map in words: the means; how many are outside their null.
pub(super) fn words(lens: &Claims, map: &Map<'_>) -> [String; 2] {
    let [mean, null] = map.means();
    let Some(mean) = mean else {
        return ["Not testable: more value columns than axes.".to_owned(), String::new()];
    };
    let chance = null.map_or_else(String::new, |null| format!(", by chance {}", text::number(null)));
    let outside = match map.outside() {
        [_, 0] if lens.map_is_coming() && map.has_null() => "Chance is being drawn.".to_owned(),
        [_, 0] => String::new(),
        [outside, of] => format!("Ringed: {outside} of {of}, outside 95 % of chance"),
    };
    [format!("Mean {}{chance}", text::number(mean)), outside]
}

/// The chosen test in every head of a text, a file or opened tests.
pub(super) fn ui(lens: &Claims, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let Some(map) = lens.map() else { return };
    let theme = stage.theme;
    let below = choices_ui(lens, ui, rect, stage, &map, out);
    let mut y = below.top();
    let mut write = |words: &str, colour| {
        let line = fitted(
            ui.painter(),
            theme,
            words,
            Set::regular(size::BODY, colour),
            below.width(),
        );
        y = put(ui.painter(), Align2::LEFT_TOP, pos2(below.left(), y), &line).bottom() + theme.px(4.0);
    };
    let said = words(lens, &map);
    for line in said.iter().filter(|line| !line.is_empty()) {
        write(line, theme.ink2);
    }
    let missing = match &lens.grounds {
        Some(Heads::Missing(missing)) if map.file.is_some() => missing.as_str(),
        _ => "",
    };
    if !missing.is_empty() {
        write(missing, theme.ink);
    }
    let is_loss = map.test.key == "loss";
    // The loss goes over many powers of ten in both directions.
    let bend = |x: f64| if is_loss { x.asinh() } else { x };
    let numbers: Vec<Option<f64>> = map.cells.iter().map(|cell| cell.value.map(bend)).collect();
    let outside = |cell: &Cell| Mark::ring(cell.outside() == Some(true));
    let marks: Vec<Mark> = map.cells.iter().map(outside).collect();
    let shown = heads::Heads {
        columns: map.group.heads_in_layer,
        weights: &numbers,
        ends: ends(&numbers),
        words: match map.test.key {
            "bessel" => text::percent,
            "loss" => |x| text::number(x.sinh()),
            _ => text::number,
        },
        marks: &marks,
        also: &[],
        present: map.present,
        spoken: format!(
            "{} in {} heads, {} {missing}",
            map.test.name,
            numbers.len(),
            said.join("; ")
        ),
    };
    let place = below.with_min_y(y + theme.px(4.0));
    out.places.push(("heads", place));
    let hit = heads::ui(ui, place, theme, &shown);
    if let Some(head) = hit.open.or(hit.step).and_then(|head| u16::try_from(head).ok()) {
        go_to(lens, stage, &map, head, hit.open.is_some(), out);
    }
}

/// The lightest and the darkest number: from 0 where none is below it.
fn ends(numbers: &[Option<f64>]) -> [f64; 2] {
    let each = numbers.iter().flatten();
    each.fold([0.0, 0.0], |[low, high]: [f64; 2], x| [low.min(*x), high.max(*x)])
}

/// A head is chosen; one of a file that is pressed, or the chosen one, is opened in the lens that its test is about.
fn go_to(lens: &Claims, stage: &Stage<'_>, map: &Map<'_>, head: u16, pressed: bool, out: &mut Out) {
    if let (Some(Heads::Here(source)), Some(_)) = (&lens.grounds, map.file) {
        if stage.lab.scene.source != *source {
            out.push(Command::Edit(Edit::Select(source.clone())));
        }
    } else if map.file.is_some() {
        return;
    }
    let own = map.present == Some(usize::from(head));
    if !own {
        out.push(Command::Edit(Edit::Head(head)));
    }
    if pressed && (own || map.file.is_some()) {
        out.push(Command::Edit(Edit::Values(ValuesFrom::Free)));
        out.push(Command::Lens(if map.test.key == "dual_correlation" {
            LensId::SupportVectors
        } else {
            LensId::KernelPca
        }));
    }
}
