//! Figures in the menu and in the commands; files.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use nalgebra::dmatrix;

use super::*;
use crate::app::{System, Wish};
use crate::command::SaveAs;
use crate::lab::{GridPoint, Lab, LensId, Theme};
use crate::{look, studio};

fn app(context: &egui::Context, lens: LensId) -> App {
    let lab = Lab {
        theme: Some(Theme::Light),
        lens,
        ..Lab::default()
    };
    App::new(context, lab, System::default())
}

#[test]
fn a_lens_with_figures_has_commands_for_them() {
    let context = egui::Context::default();
    for lens in LensId::ALL {
        let mut app = app(&context, *lens);
        for figure in studio::figures(app.lab()) {
            assert!(app.command(&format!("figure {}", figure.key)));
            assert_eq!(app.take_wishes().pop(), Some(Wish::Save(SaveAs::Figure(figure.key))));
        }
        assert!(!app.command("figure portrait") && !app.command("figure"));
    }
    assert_eq!(SaveAs::Figure("field").file_name(), "field.svg");
    assert_eq!(SaveAs::Arrays("npz").file_name(), "arrays.npz");
    assert_eq!(SaveAs::Cloud("npz").file_name(), "lab.npz");
}

#[test]
fn the_menu_offers_the_figures_of_the_lens() {
    let mut harness = Harness::builder()
        .with_size([1056.0, 900.0])
        .with_max_steps(30)
        .with_context_setup(|context| context.set_fonts(look::fonts::definitions()))
        .build_eframe(move |creation| app(&creation.egui_ctx, LensId::KernelPca));
    harness.run();
    harness.get_by_label("More").click();
    harness.run();
    for word in ["Figure: spectrum …", "Arrays as npz", "Script for the arrays (numpy)"] {
        assert!(harness.query_by_label(word).is_some(), "{word}");
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
