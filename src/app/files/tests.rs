//! Figures on their way from a lens to the menu, the commands and the file.

use egui::{Painter, Rect, Ui};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens_figures::{Content, Figure, FigureKind, ScoreField, Spectrum, svg};
use nalgebra::dmatrix;

use super::*;
use crate::app::{System, Wish};
use crate::board::{BoardToken, Mark, View};
use crate::command::SaveAs;
use crate::lab::{GridPoint, Lab, LensId, Library, Readouts, Theme};
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

/// Two keys with values that jump by 1 and 2, and by 3 and 0, between the layers.
const LAYERS: &str = r#"{
    "query": [[0.5, 1]], "key": [[1, 0], [0, 1]], "value": [[1, 2], [3, 4]], "value_prev": [[0, 0], [6, 4]]
}"#;

/// The app with a file that was dropped on it.
fn with_file(name: &str, content: &str) -> App {
    let context = egui::Context::default();
    let mut app = App::new(&context, Lab::default(), System::default());
    app.open_bytes(name, content.as_bytes().to_vec());
    app
}

fn before(app: &App) -> Option<DMatrix<f64>> {
    app.lab().scene.previous_values(&app.library).expect("the file is open")
}

#[test]
fn the_layer_before_of_a_file_is_kept_as_its_values_are() {
    let mut app = with_file("two.json", LAYERS);
    let layer = dmatrix![0.0, 0.0; 6.0, 4.0];
    assert_eq!(before(&app), Some(layer.clone()));
    // An edit, its undo, its redo.
    let edit = Edit::Previous(1, GridPoint::from_world([5.0, 4.0]));
    app.run(vec![crate::command::Command::Edit(edit)], 0.0);
    let edited = dmatrix![0.0, 0.0; 5.0, 4.0];
    assert_eq!(before(&app), Some(edited.clone()));
    assert!(app.command("undo"));
    assert_eq!(before(&app), Some(layer));
    assert!(app.command("redo"));
    // A link names the file: elsewhere it is asked for, and with it everything is as it was.
    let link = crate::lab::link::encode(app.lab());
    let context = egui::Context::default();
    let mut elsewhere = App::of_link(&context, &link, System::default());
    assert!(matches!(
        elsewhere.lab().scene.previous_values(&elsewhere.library),
        Err(crate::lab::SceneError::FileMissing { .. })
    ));
    elsewhere.open_bytes("renamed.json", LAYERS.as_bytes().to_vec());
    assert_eq!(before(&elsewhere), Some(edited.clone()));
    // The same tokens without their layer before are another file.
    let mut without = App::of_link(&context, &link, System::default());
    without.open_bytes("two.json", LAYERS.replace("value_prev", "value_next").into_bytes());
    assert_ne!(without.lab().scene.source, app.lab().scene.source);
    assert_eq!(before(&without), None);
    // What is saved is what is on the board.
    let saved = app.exchange_json().expect("a cloud");
    for format in ["safetensors", "npz", "csv", "json"] {
        let bytes = eigenlens_files::page::write(format, &saved).expect("a file");
        let mut again = App::new(&context, Lab::default(), System::default());
        again.open_bytes(&format!("saved.{format}"), bytes);
        assert_eq!(before(&again), Some(edited.clone()), "{format}");
    }
    // A cloud without a layer before is saved without one.
    assert!(!without.exchange_json().expect("a cloud").contains("value_prev"));
}

#[test]
fn a_layer_before_that_does_not_fit_is_not_opened_and_that_is_said() {
    for (name, content, message) in [
        (
            "two.json",
            LAYERS.replace("[[0, 0], [6, 4]]", "[[0, 0]]"),
            "tensor `value_prev` has the shape [1, 2]: expected [2, 2] as `value` has.",
        ),
        (
            "two.csv",
            "key_1,value_1,value_prev_1\n1,2,3\n4,5,inf\n".to_owned(),
            "tensor `value_prev` at row 2, column 1: expected a finite number, found inf.",
        ),
    ] {
        let app = with_file(name, &content);
        assert!(!matches!(app.lab().scene.source, Source::File(_)));
        let [notice] = &app.notices[..] else {
            panic!("one notice: {:?}", app.notices)
        };
        assert_eq!(notice.severity, Severity::Error);
        assert!(format!("{notice:?}").contains(message), "{notice:?}");
    }
    // What the page hands over is checked as a file is.
    let context = egui::Context::default();
    let mut app = App::new(&context, Lab::default(), System::default());
    let head = r#"{"query":[[1]],"key":[[1]],"value":[[1]],"value_prev":[[1],[2]]}"#;
    app.open_exchange(&format!(
        r#"{{"name":"a.json","hash":"0123456789abcdef","heads":[{head}],"labels":[]}}"#
    ));
    assert!(!matches!(app.lab().scene.source, Source::File(_)));
    let said = format!("{:?}", app.notices);
    assert!(
        said.contains("the number of previous values is 2, but must be 1"),
        "{said}"
    );
}
