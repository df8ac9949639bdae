//! Edits by their stable names, as lessons, keys, the host page and the tests write them.

mod claims;
mod elliptical;
mod full_size;
mod softmax;
mod support;

use claims::claims;
use elliptical::elliptical;
use full_size::full_size;
use softmax::softmax;
use support::support;

use std::num::NonZeroU16;

use eigenlens_core::RpcForm;

use super::{Edit, RobustEdit, Role};
use crate::lab::corruption::steps;
use crate::lab::{
    AxisReading, Card, GridPoint, KernelChoice, Lab, LambdaChoice, Lift, Method, PresetId, RobustView, Scene,
    SmootherForm, SmootherView, Source, Temperature, TextId, Thousandths, TokenRef, ValuesFrom, WhoAsks,
};

/// Heads of a layer of the sentence encoder.
const HEADS_OF_LAYER: u16 = 12;

/// The edit with this name: "move key 9 0.45 -1.75", "value 3 1 3.7", "temperature 0.7", "axis 2", "robust lambda 0.5". None for
/// a name that means nothing, or nothing on this lab.
pub fn edit_of(name: &str, lab: &Lab) -> Option<Edit> {
    let (verb, object) = name.split_once(' ').unwrap_or((name, ""));
    Some(match (verb, object) {
        ("reset", "") => Edit::Reset,
        ("cloud", name) => Edit::Select(source(name)?),
        // "3,1" is layer and head, twelve to a layer.
        ("head", at) => Edit::Head(match at.split_once(',') {
            Some((layer, head)) => HEADS_OF_LAYER
                .checked_mul(layer.parse().ok()?)?
                .checked_add(head.parse().ok().filter(|head| *head < HEADS_OF_LAYER)?)?,
            None => at.parse().ok()?,
        }),
        ("move", to) => {
            let (token, to) = token_and_place(to)?;
            Edit::Move(token, to)
        }
        ("add", to) => {
            let (role, to) = to.split_once(' ')?;
            let at = place(to)?;
            match role {
                "key" => Edit::Add(Role::Key, at),
                "query" => Edit::Add(Role::Query, at),
                "outlier" => Edit::Outlier(at),
                _ => return None,
            }
        }
        ("erase", token) => {
            let token: TokenRef = token.parse().ok()?;
            lab.scene.has(token).then_some(Edit::Erase(token))?
        }
        ("ask", token) => match token.parse().ok()? {
            TokenRef::Query(query) => Edit::Ask(query),
            TokenRef::Key(_) => return None,
        },
        ("value", to) => {
            let (key, to) = key_and_place(to)?;
            Edit::Value(key, to)
        }
        ("previous", to) => {
            let (key, to) = key_and_place(to)?;
            Edit::Previous(key, to)
        }
        ("target", to) => of_key(to, Edit::Target)?,
        ("dual", to) => of_key(to, Edit::Dual)?,
        ("temperature", "root") => Edit::Temperature(Temperature::RootD),
        ("temperature", tau) => Edit::Temperature(Temperature::fixed(tau.parse().ok()?).ok()?),
        ("softmax", choice) => Edit::Softmax(softmax(choice)?),
        ("smoother", form) => Edit::Smoother(SmootherForm::ALL.into_iter().find(|other| other.key() == form)?),
        ("territories", "on") => Edit::SmootherView(SmootherView::Territories),
        ("refine", n) if n.parse() == Ok(SmootherView::REFINED) => Edit::SmootherView(SmootherView::Refined),
        ("territories" | "refine", "off") => Edit::SmootherView(SmootherView::Row),
        ("axis", number) => Edit::Axis(number.parse::<u8>().ok()?.checked_sub(1)?),
        ("keep", number) => Edit::Kept(number.parse::<u8>().ok().filter(|kept| *kept > 0)?),
        ("centring", "on") => Edit::Centring(true),
        ("centring", "off") => Edit::Centring(false),
        ("values", "constructed") => Edit::Values(ValuesFrom::Constructed),
        ("values", "free") => Edit::Values(ValuesFrom::Free),
        ("kernel", name) => {
            let mut all = KernelChoice::ALL.into_iter();
            Edit::Kernel(all.find(|kernel| kernel.name().eq_ignore_ascii_case(name))?)
        }
        ("robust", choice) => Edit::Robust(robust(choice)?),
        ("elliptical", choice) => Edit::Elliptical(elliptical(choice)?),
        ("support", choice) => Edit::Support(support(choice)?),
        ("full-size", choice) => Edit::FullSize(full_size(choice)?),
        ("claim", number) => Edit::Card(Card::from_code(number.parse::<u8>().ok()?.checked_sub(1)?)?),
        ("claims", choice) => Edit::Claims(claims(choice)?),
        ("all-heads", "on") => Edit::AllHeads(true),
        ("all-heads", "off") => Edit::AllHeads(false),
        ("all-heads", reading) => Edit::AxisReading(AxisReading::ALL.into_iter().find(|other| other.key() == reading)?),
        ("strike", token) => strike(token, &lab.scene)?,
        ("corrupt", cell) => corrupt(cell)?,
        ("heal", "") => Edit::Heal,
        ("lift", "on") => Edit::Lift(Lift::default()),
        ("lift", "off") => Edit::Lift(Lift::Plane),
        _ => return None,
    })
}

/// "0.45 -1.75".
fn place(words: &str) -> Option<GridPoint> {
    let (x, y) = words.split_once(' ')?;
    let along = |x: &str| x.parse::<f64>().ok().filter(|x| x.is_finite());
    Some(GridPoint::from_world([along(x)?, along(y)?]))
}

/// "key 9 0.45 -1.75".
fn token_and_place(words: &str) -> Option<(TokenRef, GridPoint)> {
    let (at, _) = words.match_indices(' ').nth(1)?;
    let (token, to) = words.split_at_checked(at)?;
    Some((token.parse().ok()?, place(to.trim_start())?))
}

/// "9 0.45 -1.75": a key, counted from 1.
fn key_and_place(words: &str) -> Option<(usize, GridPoint)> {
    let (key, to) = words.split_once(' ')?;
    Some((key.parse::<usize>().ok()?.checked_sub(1)?, place(to)?))
}

/// A choice of the robust lens: "method rpc", "form printed", "iterations 4", "lambda 0.5", "lambda textbook", "lambda source",
/// "rpc-lambda 2", "heads 12", "mu growing", "asks queries", "view phase", "step 8", "step last", "settings on",
/// "settings sizes 1.9 3.15 6.15", "settings sizes source".
fn robust(choice: &str) -> Option<RobustEdit> {
    let (verb, object) = choice.split_once(' ')?;
    Some(match (verb, object) {
        ("method", key) => RobustEdit::Method(Method::ALL.into_iter().find(|method| method.key() == key)?),
        ("form", name) => RobustEdit::Form(name.parse::<RpcForm>().ok()?),
        ("iterations", n) => RobustEdit::Iterations(n.parse().ok().filter(|n| *n > 0)?),
        ("lambda", "source") => RobustEdit::Lambda(LambdaChoice::Source),
        ("lambda", "textbook") => RobustEdit::Lambda(LambdaChoice::Textbook),
        ("lambda", value) => RobustEdit::Lambda(LambdaChoice::Fixed(positive(value)?)),
        ("rpc-lambda", form_and_value) => {
            let (form, value) = form_and_value.split_once(' ')?;
            RobustEdit::RpcLambda(form.parse().ok()?, Some(positive(value)?))
        }
        ("heads", n) => RobustEdit::Heads(Some(n.parse::<NonZeroU16>().ok()?)),
        ("mu", "growing") => RobustEdit::Growing(true),
        ("mu", "constant") => RobustEdit::Growing(false),
        ("asks", "keys") => RobustEdit::Asks(WhoAsks::Keys),
        ("asks", "queries") => RobustEdit::Asks(WhoAsks::Queries),
        ("view", "split") => RobustEdit::View(RobustView::Split),
        ("view", "phase") => RobustEdit::View(RobustView::Phase),
        ("settings", how) => settings(how)?,
        ("step", "source") => RobustEdit::Step(None),
        ("step", "last") => RobustEdit::Step(Some(NonZeroU16::MAX)),
        ("step", n) => RobustEdit::Step(Some(n.parse::<NonZeroU16>().ok()?)),
        _ => return None,
    })
}

/// All settings of RPC-Attention: whether they are shown, and the three sizes of the largest wrong entry.
fn settings(how: &str) -> Option<RobustEdit> {
    Some(match how {
        "on" => RobustEdit::Settings(true),
        "off" => RobustEdit::Settings(false),
        "sizes source" => RobustEdit::SettingsSizes(None),
        _ => {
            let sizes: Vec<_> = how
                .strip_prefix("sizes ")?
                .split(' ')
                .map(positive)
                .collect::<Option<_>>()?;
            RobustEdit::SettingsSizes(Some(sizes.try_into().ok()?))
        }
    })
}

fn positive(value: &str) -> Option<Thousandths> {
    Thousandths::nearest(value.parse().ok()?)
}

/// A stroke of the robust lens' noise: over "all" keys, or over one.
fn strike(token: &str, scene: &Scene) -> Option<Edit> {
    if token == "all" {
        return Some(Edit::Strike((0..scene.keys.len()).map(TokenRef::Key).collect()));
    }
    let token: TokenRef = token.parse().ok()?;
    scene.has(token).then(|| Edit::Strike(vec![token]))
}

/// "9 2 -1.9": key and entry, counted from 1, and what is added to it; 0 makes it clean.
fn corrupt(cell: &str) -> Option<Edit> {
    let mut words = cell.split(' ');
    let mut place = || words.next()?.parse::<u16>().ok()?.checked_sub(1);
    let (key, column) = (place()?, place()?);
    let added: f64 = words.next()?.parse().ok()?;
    let rest = words.next();
    rest.is_none().then(|| Edit::Cells(vec![(key, column, steps(added))]))
}

/// "2 0.36": a key, counted from 1, and a number for it, which becomes thousandths.
fn of_key(words: &str, edit: fn(usize, i16) -> Edit) -> Option<Edit> {
    let (key, number) = words.split_once(' ')?;
    let key = key.parse::<usize>().ok()?.checked_sub(1)?;
    Some(edit(key, steps(number.parse().ok().filter(|x: &f64| x.is_finite())?)))
}

/// A cloud by its stable name: of a preset or of a text.
fn source(name: &str) -> Option<Source> {
    let preset = PresetId::from_key(name).map(Source::Preset);
    preset.or_else(|| TextId::from_key(name).map(Source::Text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_or_refused() {
        assert_eq!(robust("method rpc"), Some(RobustEdit::Method(Method::Rpc)));
        assert_eq!(
            robust("lambda textbook"),
            Some(RobustEdit::Lambda(LambdaChoice::Textbook))
        );
        assert!(matches!(robust("lambda 0.35"), Some(RobustEdit::Lambda(LambdaChoice::Fixed(l))) if l.value() == 0.35));
        for wrong in [
            "lambda 0",
            "lambda -1",
            "lambda nan",
            "lambda 1e9",
            "method",
            "step 0",
            "iterations 0",
            "form x",
            "settings",
            "settings maybe",
            "settings sizes 1 2",
            "settings sizes 1 2 3 4",
            "settings sizes 0 1 2",
            "settings sizes 1 2 70",
            "",
        ] {
            assert_eq!(robust(wrong), None, "{wrong}");
        }
        assert_eq!(robust("settings off"), Some(RobustEdit::Settings(false)));
        assert_eq!(robust("settings sizes source"), Some(RobustEdit::SettingsSizes(None)));
        let sizes = [1.9, 3.15, 6.15].map(|size| Thousandths::nearest(size).expect("positive"));
        assert_eq!(
            robust("settings sizes 1.9 3.15 6.15"),
            Some(RobustEdit::SettingsSizes(Some(sizes)))
        );
        let on = |name: &str| edit_of(name, &Lab::default());
        assert_eq!(on("all-heads on"), Some(Edit::AllHeads(true)));
        assert_eq!(on("all-heads off"), Some(Edit::AllHeads(false)));
        assert_eq!(on("all-heads parts"), Some(Edit::AxisReading(AxisReading::Parts)));
        assert_eq!(on("all-heads one"), None);
        for (name, view) in [
            ("territories on", SmootherView::Territories),
            ("territories off", SmootherView::Row),
            ("refine 32768", SmootherView::Refined),
            ("refine off", SmootherView::Row),
        ] {
            assert_eq!(on(name), Some(Edit::SmootherView(view)), "{name}");
        }
        for wrong in ["territories", "territories 1", "refine", "refine on", "refine 12"] {
            assert_eq!(on(wrong), None, "{wrong}");
        }
        assert_eq!(corrupt("9 2 -1.9"), Some(Edit::Cells(vec![(8, 1, -1900)])));
        for wrong in ["0 1 1", "1 0 1", "1 1", "1 1 x", "1 1 1 1", "99999 1 1"] {
            assert_eq!(corrupt(wrong), None, "{wrong}");
        }
    }
}
