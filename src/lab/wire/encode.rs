//! Lab → bytes.

use std::num::NonZeroU16;

use serde::Serialize;

use super::elliptical::WireElliptical;
use super::full_size;
use super::support::WireSupport;
use super::{
    Birth, Run, Segment, WireAxisFrame, WireBrush, WireCamera, WireClaims, WireCompared, WireDamage, WireHeads,
    WireKernelPca, WireLift, WirePoint, WireRobust, WireSettings, WireSource, WrongKey, births, tag,
};
use crate::lab::robust::form_code;
use crate::lab::{
    AxisFrame, Brush, Camera, Card, CellNoise, Choices, ClaimsChoices, Corruption, EllipticalChoices, FullSizeChoices,
    GridPoint, HeadsChoices, KernelPcaChoices, Lab, LambdaChoice, LensId, Lift, Origin, PresetId, RobustChoices,
    RobustView, Scene, SettingsChoices, SmootherForm, SmootherView, SoftmaxChoices, Source, SupportChoices,
    Temperature, ValuesFrom,
};

/// The lab as bytes. The same lab always gives the same bytes.
pub(in crate::lab) fn encode(lab: &Lab) -> Vec<u8> {
    let Lab {
        scene,
        ghost,
        lens,
        theme,
        camera,
        brush,
        choices,
    } = lab;
    let mut out = Vec::new();
    let sections = scene_sections(scene);
    for (tag, body) in &sections {
        put_section(&mut out, *tag, body);
    }
    if *lens != LensId::Softmax {
        put_section(&mut out, tag::LENS, &bytes(&lens.code()));
    }
    if let Some(theme) = theme {
        put_section(&mut out, tag::THEME, &bytes(&theme.code()));
    }
    if let Camera::At { centre, span } = *camera {
        let camera = WireCamera {
            centre: WirePoint::of(centre),
            span: span.get(),
        };
        put_section(&mut out, tag::CAMERA, &bytes(&camera));
    }
    let plain = Brush {
        damage: CellNoise::default(),
        ..*brush
    };
    if plain != Brush::default() {
        let brush = WireBrush {
            kind: brush.kind.code(),
            strength: brush.strength,
            seed: brush.seed,
            radius: brush.radius,
        };
        put_section(&mut out, tag::BRUSH, &bytes(&brush));
    }
    if brush.damage != CellNoise::default() {
        let CellNoise { damage, sizes, percent } = brush.damage;
        let damage = WireDamage {
            damage: damage.code(),
            sizes: sizes.map(|size| size.0.get()),
            percent,
        };
        put_section(&mut out, tag::DAMAGE, &bytes(&damage));
    }
    put_choices(&mut out, choices);
    if let Some(ghost) = ghost {
        put_section(&mut out, tag::GHOST, &difference(&scene_sections(ghost), &sections));
    }
    out
}

/// The choices of the lenses that are not the default.
fn put_choices(out: &mut Vec<u8>, choices: &Choices) {
    let Choices {
        softmax,
        smoother,
        smoother_view,
        kernel_pca,
        robust,
        elliptical,
        support,
        full_size,
        card,
        claims,
        heads,
    } = *choices;
    if softmax != SoftmaxChoices::default() {
        let order = SoftmaxChoices::ORDERS
            .iter()
            .find(|(order, ..)| softmax.tiles == Some(*order));
        let code = order.map_or(0, |(_, code, _)| *code);
        put_section(out, tag::SOFTMAX, &[u8::from(softmax.half), code]);
    }
    if smoother != SmootherForm::default() {
        put_section(out, tag::SMOOTHER, &bytes(&smoother.code()));
    }
    if smoother_view != SmootherView::default() {
        put_section(out, tag::SMOOTHER_VIEW, &bytes(&smoother_view.code()));
    }
    let KernelPcaChoices {
        axis,
        kept,
        centred,
        kernel,
        values,
        frame,
    } = kernel_pca;
    let unframed = KernelPcaChoices {
        frame: AxisFrame::default(),
        ..kernel_pca
    };
    if unframed != KernelPcaChoices::default() {
        let wire = WireKernelPca {
            axis,
            kept,
            centred,
            kernel: kernel.code(),
            free: values == ValuesFrom::Free,
        };
        put_section(out, tag::KERNEL_PCA, &bytes(&wire));
    }
    if frame != AxisFrame::default() {
        let wire = WireAxisFrame {
            order: frame.order(),
            flips: frame.flips(),
        };
        put_section(out, tag::AXIS_FRAME, &bytes(&wire));
    }
    let SettingsChoices { open, sizes } = robust.settings;
    let unset = RobustChoices {
        settings: SettingsChoices::default(),
        ..robust
    };
    if unset != RobustChoices::default() {
        put_section(out, tag::ROBUST, &bytes(&wire_robust(&robust)));
    }
    if robust.settings != SettingsChoices::default() {
        let sizes = sizes.map_or([0; 3], |sizes| sizes.map(|size| size.0.get()));
        put_section(out, tag::SETTINGS, &bytes(&WireSettings { open, sizes }));
    }
    if elliptical != EllipticalChoices::default() {
        put_section(out, tag::ELLIPTICAL, &bytes(&WireElliptical::of(&elliptical)));
    }
    if support != SupportChoices::default() {
        put_section(out, tag::SUPPORT, &bytes(&WireSupport::of(&support)));
    }
    if full_size != FullSizeChoices::default() {
        put_section(out, tag::FULL_SIZE, &full_size::wire(full_size));
    }
    if card != Card::default() {
        put_section(out, tag::CARD, &bytes(&card.code()));
    }
    put_claims(out, claims);
    if heads != HeadsChoices::default() {
        let HeadsChoices { open, reading } = heads;
        let wire = WireHeads {
            open,
            reading: reading.code(),
        };
        put_section(out, tag::HEADS, &bytes(&wire));
    }
}

fn put_claims(out: &mut Vec<u8>, choices: ClaimsChoices) {
    let ClaimsChoices {
        test,
        group,
        step,
        all_learn,
        null,
        beside,
        start,
    } = choices;
    let default = ClaimsChoices::default();
    if (test, group, step, all_learn) != (default.test, default.group, default.step, default.all_learn) {
        let wire = WireClaims {
            test,
            group,
            step,
            all_learn,
        };
        put_section(out, tag::CLAIMS, &bytes(&wire));
    }
    if (null, beside, start) != (default.null, default.beside, default.start) {
        let wire = WireCompared {
            null: null.code(),
            beside: beside.code(),
            start: start.code(),
        };
        put_section(out, tag::COMPARED, &bytes(&wire));
    }
}

fn wire_robust(choices: &RobustChoices) -> WireRobust {
    let RobustChoices {
        lambda,
        growing,
        step,
        method,
        form,
        iterations,
        rpc_lambdas,
        heads,
        asks,
        view,
        instance,
        // They have a section of their own.
        settings: _,
    } = *choices;
    WireRobust {
        lambda: match lambda {
            LambdaChoice::Source => 0,
            LambdaChoice::Textbook => 1,
            LambdaChoice::Fixed(lambda) => u32::from(lambda.0.get()) + 2,
        },
        growing,
        step: step.map_or(0, NonZeroU16::get),
        method: method.code(),
        form: form_code(form),
        iterations,
        rpc_lambdas: rpc_lambdas.map(|lambda| lambda.map_or(0, |lambda| lambda.0.get())),
        heads: heads.map_or(0, NonZeroU16::get),
        asks: asks.code(),
        phase: view == RobustView::Phase,
        instance: instance.map_or([0; 3], |planted| {
            [planted.rank(), planted.share_steps(), planted.draw()]
        }),
    }
}

/// A value as postcard bytes.
fn bytes(value: &impl Serialize) -> Vec<u8> {
    // Writing numbers, strings and arrays into a vector cannot fail, so the default is never used.
    postcard::to_allocvec(value).unwrap_or_default()
}

fn put_section(out: &mut Vec<u8>, tag: u32, body: &[u8]) {
    out.extend(bytes(&(tag, body.len() as u32)));
    out.extend(body);
}

/// Tag and body.
type Section = (u32, Vec<u8>);

/// The sections of a ghost that differ from those of the scene.
fn difference(ghost: &[Section], scene: &[Section]) -> Vec<u8> {
    fn find(sections: &[Section], tag: u32) -> Option<&Vec<u8>> {
        sections.iter().find(|(other, _)| *other == tag).map(|(_, body)| body)
    }
    let mut out = Vec::new();
    let mut absent = Vec::new();
    for tag in tag::SCENE {
        match (find(ghost, tag), find(scene, tag)) {
            (Some(body), inherited) if inherited != Some(body) => put_section(&mut out, tag, body),
            (None, Some(_)) => absent.extend(bytes(&tag)),
            _ => {}
        }
    }
    if !absent.is_empty() {
        put_section(&mut out, tag::ABSENT, &absent);
    }
    out
}

/// The scene as far as it differs from the untouched default preset.
fn scene_sections(scene: &Scene) -> Vec<Section> {
    let Scene {
        source,
        head,
        keys,
        queries,
        asking,
        temperature,
        corruption,
        lift,
    } = scene;
    let source_body = match source {
        Source::Preset(PresetId::ThreeGroups) => None,
        Source::Preset(id) => Some(WireSource::Preset { code: id.code() }),
        Source::Blank => Some(WireSource::Blank),
        Source::File(file) => Some(WireSource::File {
            name: &file.name,
            hash: file.hash,
            heads: file.heads,
            keys: file.keys,
            queries: file.queries,
        }),
        Source::Text(id) => Some(WireSource::Text { code: id.code() }),
        Source::Planted(planted) => Some(WireSource::Planted {
            rank: planted.rank(),
            share: planted.share_steps(),
            draw: planted.draw(),
        }),
    };
    let [key_order, query_order] = births(scene);
    let untouched = Scene::of(source.clone(), *head);
    let [untouched_keys, untouched_queries] = births(&untouched);
    let order_of = |births: &[Birth], untouched: &[Birth]| (births != untouched).then(|| order(births));
    let keys_at = keys.iter().map(|key| (key.origin, key.at));
    let queries_at = queries.iter().map(|query| (query.origin, query.at));
    let rows_at = keys_at.chain(queries_at).filter(|(origin, _)| *origin != Origin::Added);
    let moves: Vec<_> = rows_at.map(|(_, at)| at).collect();
    let values: Vec<_> = keys.iter().map(|key| key.value).collect();
    let previous: Vec<_> = keys.iter().map(|key| key.previous).collect();
    let targets: Vec<_> = keys.iter().map(|key| key.target).collect();
    let duals: Vec<_> = keys.iter().map(|key| key.dual).collect();
    let outliers: Vec<_> = keys.iter().map(|key| key.outlier.then_some(())).collect();
    let tau = match temperature {
        Temperature::RootD => None,
        Temperature::Fixed(steps) => Some(steps.get()),
    };
    let sections = [
        (tag::SOURCE, source_body.as_ref().map(bytes)),
        (tag::HEAD, (*head != 0).then(|| bytes(head))),
        (tag::KEY_ORDER, order_of(&key_order, &untouched_keys)),
        (tag::QUERY_ORDER, order_of(&query_order, &untouched_queries)),
        (tag::MOVES, runs(&moves)),
        (tag::VALUES, runs(&values)),
        (tag::OUTLIERS, runs(&outliers)),
        (tag::ASKING, (*asking != untouched.asking).then(|| bytes(asking))),
        (tag::TEMPERATURE, tau.as_ref().map(bytes)),
        (
            tag::WRONG,
            (*corruption != Corruption::of_keys(source, keys)).then(|| wrong(corruption)),
        ),
        (tag::LIFT, (*lift != untouched.lift).then(|| bytes(&wire_lift(*lift)))),
        (tag::PREVIOUS, runs(&previous)),
        (tag::TARGETS, runs(&targets)),
        (tag::DUALS, runs(&duals)),
    ];
    sections
        .into_iter()
        .filter_map(|(tag, body)| Some((tag, body?)))
        .collect()
}

fn wire_lift(lift: Lift) -> WireLift {
    match lift {
        Lift::Plane => WireLift::Plane,
        Lift::Lifted { seed } => WireLift::Lifted { seed },
    }
}

/// The wrong entries, key by key.
fn wrong(corruption: &Corruption) -> Vec<u8> {
    let cells: Vec<(usize, usize, i16)> = corruption.cells().collect();
    let mut body = Vec::new();
    let mut next_key = 0;
    for of_key in cells.chunk_by(|a, b| a.0 == b.0) {
        let Some((key, ..)) = of_key.first() else { continue };
        body.extend(bytes(&WrongKey {
            skip: (key - next_key) as u16,
            len: of_key.len() as u16,
        }));
        next_key = key + 1;
        let mut next_column = 0;
        for (_, column, steps) in of_key {
            body.extend(bytes(&((column - next_column) as u16, *steps)));
            next_column = column + 1;
        }
    }
    body
}

/// Tokens in order, rows of the source in the longest possible segments.
fn order(births: &[Birth]) -> Vec<u8> {
    let mut segments: Vec<Segment> = Vec::new();
    for (origin, at) in births {
        match (*origin, segments.last_mut()) {
            (Origin::Row(row), Some(Segment::Rows { start, len })) if start.checked_add(*len) == Some(row) => {
                *len += 1;
            }
            (Origin::Row(row), _) => segments.push(Segment::Rows { start: row, len: 1 }),
            (Origin::Added, _) => {
                segments.push(Segment::Added(WirePoint::of(at.unwrap_or_default())));
            }
        }
    }
    let put = |segment: &Segment| match *segment {
        Segment::Rows { start, len } => bytes(&(len, start)),
        Segment::Added(at) => bytes(&(0_u16, at)),
    };
    segments.iter().flat_map(put).collect()
}

/// What some tokens have: a point, a number, or a mark without content.
trait Attribute {
    fn put(&self, body: &mut Vec<u8>);
}

impl Attribute for GridPoint {
    fn put(&self, body: &mut Vec<u8>) {
        body.extend(WirePoint::of(*self).0);
    }
}

impl Attribute for i16 {
    fn put(&self, body: &mut Vec<u8>) {
        body.extend(bytes(self));
    }
}

impl Attribute for () {
    fn put(&self, _body: &mut Vec<u8>) {}
}

/// The attributes of those that have one; none at all is no section.
fn runs<T: Attribute>(attributes: &[Option<T>]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut skip = 0;
    for chunk in attributes.chunk_by(|a, b| a.is_some() == b.is_some()) {
        let len = chunk.len() as u16;
        if chunk.iter().all(Option::is_none) {
            skip = len;
            continue;
        }
        body.extend(bytes(&Run { skip, len }));
        for attribute in chunk.iter().flatten() {
            attribute.put(&mut body);
        }
    }
    (!body.is_empty()).then_some(body)
}
