//! The choices of the robust lens in the tool strip: what repairs, with which numbers; and what the tools break with.

use std::num::NonZeroU16;

use egui::Ui;
use eigenlens_core::RpcForm;

use super::derive::Picture;
use super::paint::robust;
use crate::command::{Command, Edit, RobustEdit, Tool};
use crate::lab::readout::text;
use crate::lab::{
    Brush, CellNoise, Damage, LambdaChoice, Lift, Method, RobustChoices, RobustView, Thousandths, TokenRef, WhoAsks,
};
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::widgets::{self, Button};

/// The dial of λ reaches from one to the other, on a logarithmic scale.
const LAMBDAS: [f64; 2] = [0.02, 2.0];
/// The dial of λ of RPC-Attention.
const RPC_LAMBDAS: [f64; 2] = [0.1, 10.0];
/// Numbers of heads in the list.
const HEADS: [u16; 6] = [1, 2, 3, 6, 8, 12];

/// What the lens can be set to.
pub(super) fn choices_ui(ui: &mut Ui, stage: &Stage<'_>, picture: Option<&Picture>, out: &mut Out) {
    let theme = stage.theme;
    let choices = &stage.lab.choices.robust;
    if choices.view == RobustView::Phase {
        return;
    }
    // Where there is no room for the switch it is in the menu.
    let has_switch = ui.available_width() > theme.px(290.0);
    // The strip is short; RPC-Attention has its name wherever it acts.
    let names = Method::ALL.map(|method| if method == Method::Rpc { "RPC" } else { method.name() });
    let chosen = Method::ALL.iter().position(|method| *method == choices.method);
    if has_switch
        && let Some(method) = widgets::segments(ui, theme, "Repair by", &names, chosen).and_then(|i| Method::ALL.get(i))
    {
        out.push(robust(RobustEdit::Method(*method)));
    }
    let Some(picture) = picture else { return };
    let rpc = choices.method == Method::Rpc;
    let lambda = if rpc {
        let at = usize::from(crate::lab::robust::form_code(choices.form));
        picture.wanted.rpc_lambdas.get(at).copied().unwrap_or(1.0)
    } else {
        picture.wanted.lambda
    };
    let has_dial = ui.available_width() > theme.px(215.0);
    if has_dial {
        lambda_ui(ui, stage, lambda, out);
    }
    let dial = (!has_dial).then_some(lambda);
    if ui.available_width() < theme.px(88.0) {
        return;
    }
    let response = widgets::choice(ui, theme, "", "More", |ui| {
        more_ui(ui, stage, picture, (dial, has_switch), out);
    });
    out.places.push(("more choices", response.rect));
}

/// The dial of λ.
fn lambda_ui(ui: &mut Ui, stage: &Stage<'_>, lambda: f64, out: &mut Out) {
    let theme = stage.theme;
    let choices = &stage.lab.choices.robust;
    let rpc = choices.method == Method::Rpc;
    let range = if rpc { RPC_LAMBDAS } else { LAMBDAS };
    let position = (lambda / range[0]).ln() / (range[1] / range[0]).ln();
    let (moved, over) = widgets::slider(ui, theme, "*λ*", &text::number(lambda), position, 0.0..=1.0);
    if let Some(position) = moved {
        let value = range[0] * (range[1] / range[0]).powf(position);
        out.commands
            .extend(lambda_edit(choices, rpc, rounded(value)).map(|edit| Command::Drag(Edit::Robust(edit))));
    }
    if over {
        out.push(Command::Drop);
    }
}

/// Two digits are enough for a dial.
fn rounded(value: f64) -> f64 {
    let digits = if value < 0.1 { 1000.0 } else { 100.0 };
    (value * digits).round() / digits
}

fn lambda_edit(choices: &RobustChoices, rpc: bool, value: f64) -> Option<RobustEdit> {
    let value = Thousandths::nearest(value)?;
    Some(if rpc {
        RobustEdit::RpcLambda(choices.form, Some(value))
    } else {
        RobustEdit::Lambda(LambdaChoice::Fixed(value))
    })
}

/// Everything that is seldom changed.
fn more_ui(ui: &mut Ui, stage: &Stage<'_>, picture: &Picture, (dial, has_switch): (Option<f64>, bool), out: &mut Out) {
    let theme = stage.theme;
    ui.set_min_width(theme.px(330.0));
    if let Some(lambda) = dial {
        lambda_ui(ui, stage, lambda, out);
        ui.separator();
    }
    let choices = &stage.lab.choices.robust;
    let mut row = |ui: &mut Ui, word: &str, aside: &str, chosen: bool, command: Command| {
        if widgets::menu_row(ui, theme, None, word, aside, Button::chosen(chosen)).clicked() {
            out.push(command);
        }
    };
    if !has_switch {
        for method in Method::ALL {
            let edit = RobustEdit::Method(method);
            row(ui, method.name(), "repairs", choices.method == method, robust(edit));
        }
        ui.separator();
    }
    let dim = picture.common.head.dim();
    if dim <= 2 {
        let lifted = matches!(stage.lab.scene.lift, Lift::Lifted { .. });
        let lift = |lift: Lift| Command::Edit(Edit::Lift(lift));
        row(
            ui,
            "Lift the plane to 32 dimensions",
            "sparse can be found",
            lifted,
            lift(Lift::default()),
        );
        row(ui, "The plane as it is", "2 entries a key", !lifted, lift(Lift::Plane));
        ui.separator();
    }
    let (rows, columns) = picture.truth().seen.shape();
    let textbook = 1.0 / (rows.max(columns) as f64).sqrt();
    row(
        ui,
        "Textbook λ",
        &format!("1/√{} = {}", rows.max(columns), text::number(textbook)),
        (picture.wanted.lambda - textbook).abs() < 1e-12,
        robust(RobustEdit::Lambda(LambdaChoice::Textbook)),
    );
    row(
        ui,
        "Constant μ",
        "textbook",
        !choices.growing,
        robust(RobustEdit::Growing(false)),
    );
    row(
        ui,
        "Growing μ",
        "fewer steps",
        choices.growing,
        robust(RobustEdit::Growing(true)),
    );
    ui.separator();
    for form in RpcForm::ALL {
        let word = match form {
            RpcForm::Printed => "RPC-Attention as printed",
            RpcForm::Released => "RPC-Attention as released",
            RpcForm::Lagrangian => "RPC-Attention from the Lagrangian",
        };
        let threshold = picture.rpc(form).map_or_else(String::new, |film| {
            let how = if form == RpcForm::Released { "λμ" } else { "λ/μ" };
            format!("{how} = {}", text::number(film.threshold))
        });
        row(
            ui,
            word,
            &threshold,
            choices.form == form,
            robust(RobustEdit::Form(form)),
        );
    }
    if picture.wanted.heads > 0 && ui.ctx().content_rect().height() > theme.px(640.0) {
        ui.separator();
        for heads in HEADS {
            let word = format!("{heads} {} in the model", if heads == 1 { "head" } else { "heads" });
            let edit = RobustEdit::Heads(NonZeroU16::new(heads));
            row(ui, &word, "", picture.wanted.heads == usize::from(heads), robust(edit));
        }
    }
    if stage.lab.scene.is_self_attention() && stage.lab.scene.queries.len() == stage.lab.scene.keys.len() {
        ui.separator();
        let asks = picture.wanted.queries_ask;
        row(
            ui,
            "The keys ask",
            "symmetric",
            !asks,
            robust(RobustEdit::Asks(WhoAsks::Keys)),
        );
        row(
            ui,
            "The queries ask",
            "asymmetric",
            asks,
            robust(RobustEdit::Asks(WhoAsks::Queries)),
        );
    }
}

/// What a tool breaks with.
pub(super) fn tool_ui(ui: &mut Ui, tool: Tool, stage: &Stage<'_>, out: &mut Out) -> bool {
    if stage.lab.choices.robust.view == RobustView::Phase {
        return false;
    }
    match tool {
        Tool::Noise => noise_ui(ui, stage, out),
        Tool::Corrupt => {
            let noise = stage.lab.brush.damage;
            spikes_ui(ui, stage.theme, stage.lab.brush, noise, out);
            heal_ui(ui, stage, out);
            widgets::words(
                ui,
                stage.theme,
                "Press cells of *M*, or drag a key: its clean self stays.",
            );
        }
        Tool::Move | Tool::Add | Tool::Erase | Tool::Outlier => return false,
    }
    true
}

fn spikes_ui(ui: &mut Ui, theme: &Theme, brush: Brush, noise: CellNoise, out: &mut Out) {
    let spikes = CellNoise {
        damage: Damage::Spikes,
        ..noise
    };
    let (size, _) = widgets::slider(
        ui,
        theme,
        "Size",
        &text::number(spikes.size()),
        spikes.size(),
        0.1..=8.0,
    );
    if let Some(size) = size {
        let damage = CellNoise {
            damage: noise.damage,
            ..spikes.with_size(rounded(size))
        };
        out.push(Command::Brush(Brush { damage, ..brush }));
    }
}

fn heal_ui(ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
    let enabled = !stage.lab.scene.corruption.is_empty();
    let look = Button { chosen: false, enabled };
    if widgets::bar_button(ui, stage.theme, None, "Heal all", false, look).clicked() {
        out.push(Command::Edit(Edit::Heal));
    }
}

fn noise_ui(ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let brush = stage.lab.brush;
    let noise = brush.damage;
    let names = Damage::ALL.map(Damage::name);
    let chosen = Damage::ALL.iter().position(|damage| *damage == noise.damage);
    if let Some(damage) = widgets::segments(ui, theme, "Noise", &names, chosen).and_then(|i| Damage::ALL.get(i)) {
        let damage = CellNoise {
            damage: *damage,
            ..noise
        };
        out.push(Command::Brush(Brush { damage, ..brush }));
    }
    let most = match noise.damage {
        Damage::Spikes | Damage::Token => 8.0,
        Damage::Gaussian => 2.0,
        Damage::Adversary => 1.0,
    };
    let (size, _) = widgets::slider(
        ui,
        theme,
        "Size",
        &text::number(noise.size()),
        noise.size(),
        0.01..=most,
    );
    if let Some(size) = size {
        out.push(Command::Brush(Brush {
            damage: noise.with_size(rounded(size)),
            ..brush
        }));
    }
    if noise.damage == Damage::Spikes && ui.available_width() > theme.px(240.0) {
        let words = format!("{}\u{a0}%", noise.percent);
        let (share, _) = widgets::slider(ui, theme, "Share", &words, f64::from(noise.percent), 1.0..=50.0);
        if let Some(share) = share {
            let damage = CellNoise {
                percent: share.round().clamp(1.0, 100.0) as u8,
                ..noise
            };
            out.push(Command::Brush(Brush { damage, ..brush }));
        }
    }
    let look = Button::ENABLED;
    if widgets::bar_button(ui, theme, None, "On all", true, look)
        .on_hover_text("One stroke over every key")
        .clicked()
    {
        let all: Vec<TokenRef> = (0..stage.lab.scene.keys.len()).map(TokenRef::Key).collect();
        out.push(Command::Edit(Edit::Strike(all)));
    }
    heal_ui(ui, stage, out);
    widgets::words(ui, theme, &format!("Seed {}", brush.seed));
}
