//! Choices of the robust lens as edits.

use std::num::NonZeroU16;

use eigenlens_core::RpcForm;

use crate::lab::{LambdaChoice, Method, Planted, RobustChoices, RobustView, Thousandths, WhoAsks};

/// A choice of the robust lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RobustEdit {
    /// λ of the pursuit.
    Lambda(LambdaChoice),
    /// Whether μ grows.
    Growing(bool),
    /// The step that is shown; none for what the source asks for, else the last.
    Step(Option<NonZeroU16>),
    /// What repairs the keys.
    Method(Method),
    /// Form of RPC-Attention.
    Form(RpcForm),
    /// Its iterations.
    Iterations(u8),
    /// Its λ in a form; none for the source's.
    RpcLambda(RpcForm, Option<Thousandths>),
    /// Heads of the model.
    Heads(Option<NonZeroU16>),
    /// Who asks when outputs are compared.
    Asks(WhoAsks),
    /// The sub-view.
    View(RobustView),
    /// The instance of the phase diagram that is looked at.
    Instance(Planted),
    /// Whether all settings of RPC-Attention are shown.
    Settings(bool),
    /// The sizes of the largest wrong entry there; none for those that follow from the cloud.
    SettingsSizes(Option<[Thousandths; 3]>),
}

impl RobustEdit {
    pub(super) fn label(self) -> String {
        match self {
            Self::Lambda(_) => "Change λ".to_owned(),
            Self::Growing(true) => "Growing μ".to_owned(),
            Self::Growing(false) => "Constant μ".to_owned(),
            Self::Step(Some(step)) => format!("Step {step}"),
            Self::Step(None) => "Last step".to_owned(),
            Self::Method(method) => format!("Repair by {}", method.name()),
            Self::Form(form) => format!("RPC-Attention, form {}", form.name()),
            Self::Iterations(n) => format!("{n} iterations"),
            Self::RpcLambda(..) => "Change λ of RPC-Attention".to_owned(),
            Self::Heads(_) => "Change the number of heads".to_owned(),
            Self::Asks(WhoAsks::Keys) => "The keys ask".to_owned(),
            Self::Asks(WhoAsks::Queries | WhoAsks::Source) => "The queries ask".to_owned(),
            Self::View(RobustView::Split) => "Show the split".to_owned(),
            Self::View(RobustView::Phase) => "Show the phase diagram".to_owned(),
            Self::Instance(planted) => format!("Look at rank {}, {}", planted.rank(), planted.percent()),
            Self::Settings(true) => "Show all settings".to_owned(),
            Self::Settings(false) => "Close all settings".to_owned(),
            Self::SettingsSizes(_) => "Change the sizes of the slip".to_owned(),
        }
    }

    pub(super) fn apply(self, choices: &mut RobustChoices) {
        match self {
            Self::Lambda(lambda) => choices.lambda = lambda,
            Self::Growing(growing) => choices.growing = growing,
            Self::Step(step) => choices.step = step,
            Self::Method(method) => choices.method = method,
            Self::Form(form) => choices.form = form,
            Self::Iterations(n) => choices.iterations = n.clamp(1, RobustChoices::MAX_ITERATIONS),
            Self::RpcLambda(form, lambda) => {
                let at = usize::from(crate::lab::robust::form_code(form));
                if let Some(place) = choices.rpc_lambdas.get_mut(at) {
                    *place = lambda;
                }
            }
            Self::Heads(heads) => choices.heads = heads,
            Self::Asks(asks) => choices.asks = asks,
            Self::View(view) => choices.view = view,
            Self::Instance(planted) => choices.instance = Some(planted),
            Self::Settings(open) => choices.settings.open = open,
            Self::SettingsSizes(sizes) => choices.settings.sizes = sizes,
        }
    }
}
