//! Figures on their way from a lens to the menu, the commands and the file.

use egui::{Painter, Rect, Ui};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens_figures::{Content, Figure, FigureKind, ScoreField, Spectrum, svg};

use super::*;
use crate::app::{System, Wish};
use crate::board::{BoardToken, Mark, View};
use crate::command::SaveAs;
use crate::lab::{Lab, LensId, Library, Readouts, Theme};
use crate::lens::Stage;
use crate::lens::{Lens, Out, Phrase};
use crate::look;

/// A lens that has figures and nothing else. Its field is there only while the theme is dark.
struct Sketch;

impl Lens for Sketch {
    fn id(&self) -> LensId {
        LensId::Softmax
    }

    fn derive(&mut self, _lab: &Lab, _library: &Library) -> bool {
        false
    }

    fn headline(&self) -> Vec<Phrase> {
        Vec::new()
    }

    fn subline(&self) -> String {
        String::new()
    }

    fn tokens(&self) -> &[BoardToken] {
        &[]
    }

    fn read_out(&self, _readouts: &mut Readouts) {}

    fn paint_under(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn marks(&self) -> Vec<Mark> {
        Vec::new()
    }

    fn paint_over(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn chart_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn microscope_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn cards(&self) -> &'static [&'static str] {
        &["Card"]
    }

    fn card_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn hall_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn choices_ui(&self, _ui: &mut Ui, _stage: &Stage<'_>, _out: &mut Out) {}

    fn figures(&self) -> &'static [FigureKind] {
        &FigureKind::ALL
    }

    fn figure(&self, kind: FigureKind, stage: &Stage<'_>) -> Option<Figure> {
        let content = match kind {
            FigureKind::Spectrum => Content::Spectrum(Spectrum {
                shares: vec![0.75, 0.25],
                eigenvalues: vec![3.0, 1.0],
                kept: 1,
                chosen: None,
            }),
            FigureKind::ScoreField if stage.theme.mode == look::Mode::Dark => Content::ScoreField(ScoreField {
                axis: 1,
                x: [0.0, 1.0],
                y: [0.0, 1.0],
                x_title: "coordinate 1".to_owned(),
                y_title: "coordinate 2".to_owned(),
                columns: 2,
                rows: 2,
                scores: vec![-1.0, 0.0, 0.0, 1.0],
                step: 0.5,
                keys: Vec::new(),
                query: None,
            }),
            FigureKind::ScoreField => return None,
        };
        Some(Figure {
            title: "A title".to_owned(),
            subtitle: String::new(),
            alt: "Words for it".to_owned(),
            look: look::figure::look(stage.theme),
            content,
        })
    }
}

fn app(context: &egui::Context, lens: Option<Sketch>, theme: Theme) -> App {
    let lab = Lab {
        theme: Some(theme),
        ..Lab::default()
    };
    let mut app = App::new(context, lab, System::default());
    if let Some(lens) = lens {
        app.lenses = vec![Box::new(lens)];
    }
    app
}

#[test]
fn a_lens_with_figures_has_commands_for_them() {
    let context = egui::Context::default();
    let mut app_with = app(&context, Some(Sketch), Theme::Light);
    for kind in FigureKind::ALL {
        assert!(app_with.command(&format!("figure {}", kind.key())));
        assert_eq!(app_with.take_wishes().pop(), Some(Wish::Save(SaveAs::Figure(kind))));
    }
    assert!(!app_with.command("figure portrait") && !app_with.command("figure"));
    let mut app_without = app(&context, None, Theme::Light);
    assert!(!app_without.command("figure spectrum") && !app_without.command("figure field"));
    assert_eq!(SaveAs::Figure(FigureKind::ScoreField).file_name(), "field.svg");
    assert_eq!(SaveAs::Cloud("npz").file_name(), "lab.npz");
}

#[test]
fn a_figure_wears_the_theme_and_one_that_is_not_there_is_said() {
    let context = egui::Context::default();
    for (theme, of_theme) in std::iter::zip(Theme::ALL, look::Theme::ALL) {
        let app = app(&context, Some(Sketch), *theme);
        let figure = app.figure(FigureKind::Spectrum).expect("a spectrum");
        assert_eq!(figure.look, look::figure::look(of_theme));
        let drawn = svg(&figure).expect("an SVG");
        assert!(drawn.contains("<title>A title</title>") && drawn.contains("<desc>Words for it</desc>"));
        let json = serde_json::to_string(&figure).expect("JSON");
        assert_eq!(Figure::from_json(&json), Ok(figure));
        match (theme, app.figure(FigureKind::ScoreField)) {
            (Theme::Dark, Ok(figure)) => assert!(svg(&figure).is_ok()),
            (Theme::Light | Theme::Projector, Err(why)) => assert_eq!(why, "There is no score field to draw now"),
            (theme, found) => panic!("{theme:?}: {found:?}"),
        }
    }
}

#[test]
fn the_menu_and_the_page_know_the_figures_of_the_lens() {
    for (lens, count) in [(None, 0), (Some(Sketch), 2)] {
        let mut harness = Harness::builder()
            .with_size([1056.0, 900.0])
            .with_max_steps(30)
            .with_context_setup(|context| context.set_fonts(look::fonts::definitions()))
            .build_eframe(move |creation| app(&creation.egui_ctx, lens, Theme::Light));
        harness.run();
        harness.get_by_label("More").click();
        harness.run();
        for kind in FigureKind::ALL {
            let word = format!("Figure: {} …", kind.name());
            assert_eq!(harness.query_by_label(&word).is_some(), count > 0, "{word}");
        }
        assert_eq!(harness.state().readouts().figures.len(), count);
    }
}
