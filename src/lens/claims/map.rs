//! The map of the heads: one test in every layer and head, of the cloud or of tests that were opened.

use egui::{Align, Align2, Layout, Rect, Ui, UiBuilder, pos2};

use super::grounds::Heads;
use super::{Claims, drawing};
use crate::command::{ClaimsEdit, Command, Edit};
use crate::job::Job;
use crate::lab::claims::{TESTS, Test};
use crate::lab::readout::text;
use crate::lab::tested::{Cell, Group, Tested};
use crate::lab::{Lab, LensId, Library, Source, ValuesFrom};
use crate::lens::{Out, Stage};
use crate::look::name::Set;
use crate::look::theme::size;
use crate::look::widgets::{self, Button};
use crate::microscope::heads::{self, Mark};
use crate::microscope::{fitted, put};

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
    pub(super) fn opened(&self) -> Option<(&Tested, &Group)> {
        let file = self.tested.as_deref()?;
        let group = usize::from(self.choices.group).checked_sub(1)?;
        Some((file, file.groups.get(group).or(file.groups.first())?))
    }

    /// The tests of the heads of the cloud, where it has several.
    pub(super) fn own_map(&self) -> Option<&Group> {
        let own = if self.map_is_fresh() {
            self.map.answer()
        } else {
            self.map.partial()
        };
        own.filter(|group| group.heads.len() > 1)
    }

    /// Whether the cloud's own map has the nulls that are asked for.
    fn map_is_fresh(&self) -> bool {
        self.mapped.as_ref().is_some_and(|mapped| self.map.is_fresh(mapped))
    }

    /// Whether the nulls of the cloud's own map are still drawn.
    pub(super) fn map_is_coming(&self) -> bool {
        !self.map_is_fresh() && self.choices.group == 0
    }

    /// Asks for the tests of all heads of the cloud, where it has several. Another null changes no values.
    pub(super) fn request_map(&mut self, lab: &Lab, library: &Library) {
        let (source, null) = (&lab.scene.source, self.choices.null);
        let Some(cloud) = library.cloud(source).filter(|cloud| cloud.heads().len() > 1) else {
            self.map = Job::default();
            self.mapped = None;
            return;
        };
        let same = self.mapped.as_ref().is_some_and(|(mapped, _)| mapped == source);
        let known = if same { self.own_map().cloned() } else { None };
        let wanted = (source.clone(), null);
        self.mapped = Some(wanted.clone());
        self.map.request(wanted, || {
            drawing::task(source.name(), cloud.heads().to_vec(), null, known)
        });
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
    let said = lens.map_words(&map);
    // The map keeps its room.
    let rows = ((below.height() - theme.px(128.0)) / theme.px(22.0)).max(2.0) as usize;
    for line in said.iter().take(rows) {
        write(line, theme.ink2);
    }
    let missing = match &lens.grounds {
        Some(Heads::Missing(missing)) if map.file.is_some() => missing.as_str(),
        _ => "",
    };
    if !missing.is_empty() {
        write(missing, theme.ink);
    }
    // They go over many powers of ten, the loss in both directions.
    let is_bent = ["loss", "unscaled_eigenvalue"].contains(&map.test.key);
    let bend = |x: f64| if is_bent { x.asinh() } else { x };
    let numbers: Vec<Option<f64>> = map.cells.iter().map(|cell| cell.value.map(bend)).collect();
    let outside = |cell: &Cell| Mark::ring(cell.outside() == Some(true));
    let marks: Vec<Mark> = map.cells.iter().map(outside).collect();
    let shown = heads::Heads {
        columns: map.group.heads_in_layer,
        weights: &numbers,
        ends: ends(&numbers),
        words: match map.test.key {
            "bessel" => text::percent,
            _ if is_bent => |x| text::number(x.sinh()),
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
