//! Bytes → the nearest valid lab.

use std::num::NonZeroU16;

use serde::Deserialize;

use super::elliptical::WireElliptical;
use super::full_size::{self, WireFullSize};
use super::support::WireSupport;
use super::{
    Birth, Losses, Run, Segment, WireAxisFrame, WireBrush, WireCamera, WireClaims, WireCompared, WireDamage, WireHeads,
    WireKernelPca, WireLift, WirePoint, WireRobust, WireSettings, WireSource, WrongKey, tag,
};
use crate::lab::claims::TESTS;
use crate::lab::corruption::MAX_CELLS;
use crate::lab::robust::form_of_code;
use crate::lab::{
    AxisFrame, AxisReading, Beside, Brush, Camera, Card, CellNoise, Choices, ClaimsChoices, Corruption, Damage,
    FileSource, GridPoint, HeadsChoices, KernelChoice, KernelPcaChoices, Key, Lab, LambdaChoice, LensId, Lift,
    MAX_TOKENS, Method, NoiseKind, NullRows, Origin, Planted, PresetId, Query, RobustChoices, RobustView, Scene,
    SettingsChoices, SmootherForm, SmootherView, SoftmaxChoices, Source, Start, Temperature, TextId, Theme,
    Thousandths, ValuesFrom, WhoAsks,
};

/// The valid lab that is nearest to these bytes, and what was lost. Total: any bytes give a lab.
///
/// Time and memory are bounded by the length of the payload and [`MAX_TOKENS`], whatever counts it claims.
pub(in crate::lab) fn decode(payload: &[u8]) -> (Lab, Losses) {
    let mut losses = Losses::default();
    let known = [&tag::SCENE[..], &tag::REST[..]].concat();
    let sections = Sections::split(payload, &known, &mut losses);
    let mut lab = Lab::default();
    if let Some(code) = sections.value::<u16>(tag::LENS, &mut losses) {
        lab.lens = known_code(LensId::from_code(code), &mut losses).unwrap_or_default();
    }
    if let Some(code) = sections.value::<u8>(tag::THEME, &mut losses) {
        lab.theme = known_code(Theme::from_code(code), &mut losses);
    }
    if let Some(brush) = sections.value::<WireBrush>(tag::BRUSH, &mut losses) {
        let WireBrush {
            kind,
            strength,
            seed,
            radius,
        } = brush;
        lab.brush = Brush {
            kind: known_code(NoiseKind::from_code(kind), &mut losses).unwrap_or_default(),
            strength: strength.min(Brush::MAX_STEPS),
            seed,
            radius: radius.min(Brush::MAX_STEPS),
            ..lab.brush
        };
        let kept = (lab.brush.strength, lab.brush.radius) == (strength, radius);
        losses.out_of_range += usize::from(!kept);
    }
    if let Some(wire) = sections.value::<WireDamage>(tag::DAMAGE, &mut losses) {
        lab.brush.damage = damage(&wire, &mut losses);
    }
    lab.choices = take_choices(&sections, &mut losses);
    // Camera and ghost belong to the source: without it there is nothing to look at or to compare with.
    let Some(scene) = take_scene(&sections, &mut losses) else {
        return (lab, losses);
    };
    if let Some(camera) = sections.value::<WireCamera>(tag::CAMERA, &mut losses) {
        let centre = camera.centre.point(&mut losses);
        lab.camera = Camera::from_steps(centre, camera.span);
        let kept = matches!(lab.camera, Camera::At { span, .. } if span.get() == camera.span);
        losses.out_of_range += usize::from(!kept);
    }
    if let Some(section) = sections.get(tag::GHOST) {
        let known = [&tag::SCENE[..], &[tag::ABSENT]].concat();
        let ghost = Sections::split(section.body, &known, &mut losses).inheriting(&sections, &mut losses);
        lab.ghost = take_scene(&ghost, &mut losses).map(Box::new);
    }
    lab.scene = scene;
    (lab, losses)
}

fn take_choices(sections: &Sections<'_>, losses: &mut Losses) -> Choices {
    let mut choices = Choices::default();
    if let Some([half, code]) = sections.value::<[u8; 2]>(tag::SOFTMAX, losses) {
        let order = SoftmaxChoices::ORDERS.iter().find(|(_, known, _)| *known == code);
        losses.unknown += usize::from(code != 0 && order.is_none()) + usize::from(half > 1);
        choices.softmax = SoftmaxChoices {
            half: half == 1,
            tiles: order.map(|(order, ..)| *order),
        };
    }
    if let Some(code) = sections.value::<u8>(tag::SMOOTHER, losses) {
        choices.smoother = known_code(SmootherForm::from_code(code), losses).unwrap_or_default();
    }
    if let Some(code) = sections.value::<u8>(tag::SMOOTHER_VIEW, losses) {
        choices.smoother_view = known_code(SmootherView::from_code(code), losses).unwrap_or_default();
    }
    if let Some(wire) = sections.value::<WireKernelPca>(tag::KERNEL_PCA, losses) {
        choices.kernel_pca = KernelPcaChoices {
            axis: wire.axis,
            kept: wire.kept.max(1),
            centred: wire.centred,
            kernel: known_code(KernelChoice::from_code(wire.kernel), losses).unwrap_or_default(),
            values: if wire.free {
                ValuesFrom::Free
            } else {
                ValuesFrom::Constructed
            },
            frame: AxisFrame::default(),
        };
        losses.out_of_range += usize::from(wire.kept == 0);
    }
    if let Some(wire) = sections.value::<WireAxisFrame>(tag::AXIS_FRAME, losses) {
        let frame = AxisFrame::new(wire.order, wire.flips);
        losses.out_of_range += usize::from(frame.is_none());
        choices.kernel_pca.frame = frame.unwrap_or_default();
    }
    if let Some(wire) = sections.value::<WireRobust>(tag::ROBUST, losses) {
        choices.robust = robust(&wire, losses);
    }
    if let Some(WireSettings { open, sizes }) = sections.value::<WireSettings>(tag::SETTINGS, losses) {
        let given = sizes.map(|steps| NonZeroU16::new(steps).map(Thousandths));
        let sizes = match given {
            [Some(a), Some(b), Some(c)] => Some([a, b, c]),
            _ => None,
        };
        losses.out_of_range += usize::from(sizes.is_none() && given.iter().any(Option::is_some));
        choices.robust.settings = SettingsChoices { open, sizes };
    }
    if let Some(wire) = sections.value::<WireElliptical>(tag::ELLIPTICAL, losses) {
        choices.elliptical = wire.choices(losses);
    }
    if let Some(wire) = sections.value::<WireSupport>(tag::SUPPORT, losses) {
        choices.support = wire.choices(losses);
    }
    if let Some(wire) = sections.value::<WireFullSize>(tag::FULL_SIZE, losses) {
        choices.full_size = full_size::choices(wire, losses);
    }
    if let Some(code) = sections.value::<u8>(tag::CARD, losses) {
        choices.card = known_code(Card::from_code(code), losses).unwrap_or_default();
    }
    if let Some(wire) = sections.value::<WireClaims>(tag::CLAIMS, losses) {
        choices.claims = claims(&wire, losses);
    }
    if let Some(wire) = sections.value::<WireCompared>(tag::COMPARED, losses) {
        choices.claims.null = known_code(NullRows::from_code(wire.null), losses).unwrap_or_default();
        choices.claims.beside = known_code(Beside::from_code(wire.beside), losses).unwrap_or_default();
        choices.claims.start = known_code(Start::from_code(wire.start), losses).unwrap_or_default();
    }
    if let Some(wire) = sections.value::<WireHeads>(tag::HEADS, losses) {
        choices.heads = HeadsChoices {
            open: wire.open,
            reading: known_code(AxisReading::from_code(wire.reading), losses).unwrap_or_default(),
        };
    }
    choices
}

fn claims(wire: &WireClaims, losses: &mut Losses) -> ClaimsChoices {
    let default = ClaimsChoices::default();
    let known = usize::from(wire.test) < TESTS.len();
    losses.unknown += usize::from(!known);
    let step = wire.step.min(ClaimsChoices::STEPS);
    losses.out_of_range += usize::from(step != wire.step);
    ClaimsChoices {
        test: if known { wire.test } else { default.test },
        group: wire.group,
        step,
        all_learn: wire.all_learn,
        ..default
    }
}

fn damage(wire: &WireDamage, losses: &mut Losses) -> CellNoise {
    let default = CellNoise::default();
    let mut sizes = default.sizes;
    for (size, steps) in std::iter::zip(&mut sizes, wire.sizes) {
        let given = NonZeroU16::new(steps).filter(|steps| i16::try_from(steps.get()).is_ok());
        losses.out_of_range += usize::from(given.is_none());
        *size = given.map_or(*size, Thousandths);
    }
    let percent = wire.percent.clamp(1, 100);
    losses.out_of_range += usize::from(percent != wire.percent);
    CellNoise {
        damage: known_code(Damage::from_code(wire.damage), losses).unwrap_or_default(),
        sizes,
        percent,
    }
}

fn robust(wire: &WireRobust, losses: &mut Losses) -> RobustChoices {
    let default = RobustChoices::default();
    let iterations = wire.iterations.clamp(1, RobustChoices::MAX_ITERATIONS);
    losses.out_of_range += usize::from(iterations != wire.iterations);
    let lambda = match wire.lambda {
        0 => LambdaChoice::Source,
        1 => LambdaChoice::Textbook,
        moved => {
            let steps = u16::try_from(moved - 2).ok().and_then(NonZeroU16::new);
            losses.out_of_range += usize::from(steps.is_none());
            steps.map_or(LambdaChoice::Source, |steps| LambdaChoice::Fixed(Thousandths(steps)))
        }
    };
    let instance = match wire.instance {
        [0, 0, 0] => None,
        [rank, share, draw] => {
            let planted = Planted::new(rank, share, draw);
            losses.out_of_range += usize::from(planted.is_none());
            planted
        }
    };
    RobustChoices {
        lambda,
        growing: wire.growing,
        step: NonZeroU16::new(wire.step),
        method: known_code(Method::from_code(wire.method), losses).unwrap_or_default(),
        form: known_code(form_of_code(wire.form), losses).unwrap_or(default.form),
        iterations,
        rpc_lambdas: wire.rpc_lambdas.map(|steps| NonZeroU16::new(steps).map(Thousandths)),
        heads: NonZeroU16::new(wire.heads),
        asks: known_code(WhoAsks::from_code(wire.asks), losses).unwrap_or_default(),
        view: if wire.phase {
            RobustView::Phase
        } else {
            RobustView::Split
        },
        instance,
        settings: SettingsChoices::default(),
    }
}

/// Takes one postcard value off the front; the bytes stay as they are when there is none.
fn take<'a, T: Deserialize<'a>>(bytes: &mut &'a [u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).ok()?;
    *bytes = rest;
    Some(value)
}

/// Counts a code that nothing here has.
pub(super) fn known_code<T>(decoded: Option<T>, losses: &mut Losses) -> Option<T> {
    losses.unknown += usize::from(decoded.is_none());
    decoded
}

/// A section, its body unread.
#[derive(Clone, Copy)]
struct Section<'a> {
    tag: u32,
    body: &'a [u8],
    /// The payload ended within the body.
    cut: bool,
}

/// A payload in its sections.
struct Sections<'a>(Vec<Section<'a>>);

impl<'a> Sections<'a> {
    /// Splits a payload; of a tag that comes twice the first counts.
    fn split(mut payload: &'a [u8], known: &[u32], losses: &mut Losses) -> Self {
        let mut found = Self(Vec::new());
        while !payload.is_empty() {
            let Some((tag, length)) = take::<(u32, u32)>(&mut payload) else {
                losses.cut = true;
                break;
            };
            let (body, rest, cut) = match payload.split_at_checked(length as usize) {
                Some((body, rest)) => (body, rest, false),
                None => (payload, &[][..], true),
            };
            payload = rest;
            losses.cut |= cut;
            if !known.contains(&tag) {
                losses.unknown += 1;
            } else if found.get(tag).is_some() {
                losses.out_of_range += 1;
            } else {
                found.0.push(Section { tag, body, cut });
            }
        }
        found
    }

    /// The sections of a ghost: its own, and those of the scene that it neither has nor calls absent.
    fn inheriting(mut self, scene: &Self, losses: &mut Losses) -> Self {
        let mut absent = Vec::new();
        if let Some(Section { mut body, cut, .. }) = self.get(tag::ABSENT) {
            while let Some(tag) = take::<u32>(&mut body) {
                absent.push(tag);
            }
            losses.out_of_range += usize::from(!cut && !body.is_empty());
        }
        for tag in tag::SCENE {
            if let (None, Some(section)) = (self.get(tag), scene.get(tag))
                && !absent.contains(&tag)
            {
                self.0.push(section);
            }
        }
        self
    }

    fn get(&self, tag: u32) -> Option<Section<'a>> {
        self.0.iter().copied().find(|section| section.tag == tag)
    }

    /// The one value of a section; bytes after it are fields of a newer version.
    fn value<T: Deserialize<'a>>(&self, tag: u32, losses: &mut Losses) -> Option<T> {
        let Section { mut body, cut, .. } = self.get(tag)?;
        let value = take(&mut body);
        let whole = value.is_some() && body.is_empty();
        losses.unknown += usize::from(!whole && !cut);
        value
    }
}

/// A scene; `None` when its source is not known here, because rows of another source say nothing.
fn take_scene(sections: &Sections<'_>, losses: &mut Losses) -> Option<Scene> {
    let source = match sections.get(tag::SOURCE) {
        None => Source::Preset(PresetId::ThreeGroups),
        Some(_) => take_source(&sections.value(tag::SOURCE, losses)?, losses)?,
    };
    let head = sections.value(tag::HEAD, losses).unwrap_or_default();
    let mut scene = Scene::of(source, head);
    losses.out_of_range += usize::from(scene.head != head);
    let counts = scene.source.counts();

    if let Some(section) = sections.get(tag::KEY_ORDER) {
        let births = take_order(section, counts.keys, losses);
        let key = |(origin, at)| Key {
            origin,
            at,
            ..Key::row(0)
        };
        scene.keys = births.into_iter().map(key).collect();
    }
    if let Some(section) = sections.get(tag::QUERY_ORDER) {
        let births = take_order(section, counts.queries, losses);
        if births.is_empty() {
            // The last query stays, whatever the link says.
            losses.out_of_range += usize::from(!section.cut);
            scene.queries.truncate(1);
        } else {
            let query = |(origin, at)| Query { origin, at };
            scene.queries = births.into_iter().map(query).collect();
        }
    }
    take_edits(sections, &mut scene, losses);
    Some(scene)
}

fn take_source(source: &WireSource<'_>, losses: &mut Losses) -> Option<Source> {
    match *source {
        WireSource::Preset { code } => known_code(PresetId::from_code(code), losses).map(Source::Preset),
        WireSource::Blank => Some(Source::Blank),
        WireSource::Text { code } => known_code(TextId::from_code(code), losses).map(Source::Text),
        WireSource::Planted { rank, share, draw } => {
            let planted = Planted::new(rank, share, draw);
            losses.unknown += usize::from(planted.is_none());
            planted.map(Source::Planted)
        }
        WireSource::File {
            name,
            hash,
            heads,
            keys,
            queries,
        } => {
            let file = FileSource::new(name, hash, heads, keys, queries);
            let counts = (file.heads, file.keys, file.queries);
            let kept = file.name == name && counts == (heads, keys, queries);
            losses.out_of_range += usize::from(!kept);
            Some(Source::File(file))
        }
    }
}

/// The tokens of one role in order: rows that the source has, each at most once, and added tokens, at most
/// [`MAX_TOKENS`] together. Where the section was cut or cannot be read, the rows after the last one it names are taken as they
/// are: an edit that is not told was not done.
fn take_order(section: Section<'_>, rows: u16, losses: &mut Losses) -> Vec<Birth> {
    let Section { mut body, cut, .. } = section;
    let mut births: Vec<Birth> = Vec::new();
    let mut used = vec![false; usize::from(rows)];
    let mut next_row = 0;
    // Segments are never empty, so a valid order has at most as many as there are tokens.
    for _ in 0..MAX_TOKENS {
        let Some(segment) = take_segment(&mut body) else {
            break;
        };
        match segment {
            Segment::Rows { start, len } => {
                let end = start.saturating_add(len).min(rows);
                let mut kept = u32::from(start) + u32::from(len) <= u32::from(rows);
                for row in start..end {
                    let fresh = used.get_mut(usize::from(row)).is_some_and(|used| {
                        let fresh = !*used;
                        *used = true;
                        fresh
                    });
                    kept &= fresh;
                    if fresh {
                        births.push((Origin::Row(row), None));
                    }
                    next_row = next_row.max(row + 1);
                }
                losses.out_of_range += usize::from(!kept);
            }
            Segment::Added(at) => births.push((Origin::Added, Some(at.point(losses)))),
        }
    }
    if cut || !body.is_empty() {
        births.extend((next_row..rows).map(|row| (Origin::Row(row), None)));
        losses.out_of_range += usize::from(!cut);
    }
    losses.out_of_range += births.len().saturating_sub(MAX_TOKENS);
    births.truncate(MAX_TOKENS);
    births
}

fn take_segment(body: &mut &[u8]) -> Option<Segment> {
    let mut rest = *body;
    let segment = match take(&mut rest)? {
        0 => Segment::Added(take(&mut rest)?),
        len => Segment::Rows {
            start: take(&mut rest)?,
            len,
        },
    };
    *body = rest;
    Some(segment)
}

/// What is one value per token or one value for the scene.
fn take_edits(sections: &Sections<'_>, scene: &mut Scene, losses: &mut Losses) {
    let Scene { keys, queries, .. } = scene;
    let keys_at = keys.iter_mut().map(|key| (key.origin, &mut key.at));
    let queries_at = queries.iter_mut().map(|query| (query.origin, &mut query.at));
    let rows_at = keys_at.chain(queries_at).filter(|(origin, _)| *origin != Origin::Added);
    let moves = rows_at.map(|(_, at)| at);
    take_runs(sections.get(tag::MOVES), moves, losses, take_point);
    let values = keys.iter_mut().map(|key| &mut key.value);
    take_runs(sections.get(tag::VALUES), values, losses, take_point);
    let previous = keys.iter_mut().map(|key| &mut key.previous);
    take_runs(sections.get(tag::PREVIOUS), previous, losses, take_point);
    let targets = keys.iter_mut().map(|key| &mut key.target);
    take_runs(sections.get(tag::TARGETS), targets, losses, |body, _| take(body));
    let duals = keys.iter_mut().map(|key| &mut key.dual);
    take_runs(sections.get(tag::DUALS), duals, losses, |body, _| take(body));
    let mut outliers: Vec<Option<()>> = vec![None; keys.len()];
    take_runs(
        sections.get(tag::OUTLIERS),
        outliers.iter_mut(),
        losses,
        |_, _| Some(()),
    );
    for (key, outlier) in std::iter::zip(keys, outliers) {
        key.outlier = outlier.is_some();
    }
    // Without a section it is the source's own, which may be gone with the queries that were erased.
    let asking = sections.value::<u16>(tag::ASKING, losses).unwrap_or(scene.asking);
    scene.asking = asking.min(scene.queries.len().saturating_sub(1) as u16);
    losses.out_of_range += usize::from(scene.asking != asking);
    if let Some(steps) = sections.value::<u16>(tag::TEMPERATURE, losses) {
        match NonZeroU16::new(steps) {
            Some(steps) => scene.temperature = Temperature::Fixed(steps),
            None => losses.out_of_range += 1,
        }
    }
    if let Some(lift) = sections.value::<WireLift>(tag::LIFT, losses) {
        scene.lift = match lift {
            WireLift::Plane => Lift::Plane,
            WireLift::Lifted { seed } => Lift::Lifted { seed },
        };
    }
    match sections.get(tag::WRONG) {
        Some(section) => scene.corruption = take_wrong(section, scene.keys.len(), losses),
        None => scene.corruption = Corruption::of_keys(&scene.source, &scene.keys),
    }
}

/// Wrong entries of keys that are there, at most [`MAX_CELLS`].
fn take_wrong(section: Section<'_>, keys: usize, losses: &mut Losses) -> Corruption {
    let Section { mut body, cut, .. } = section;
    let mut corruption = Corruption::default();
    let mut next_key = 0_usize;
    while let Some(WrongKey { skip, len }) = take(&mut body) {
        let key = next_key + usize::from(skip);
        next_key = key + 1;
        let mut next_column = 0_usize;
        for _ in 0..len {
            let Some((skip, steps)) = take::<(u16, i16)>(&mut body) else {
                losses.out_of_range += usize::from(!cut);
                return corruption;
            };
            let column = next_column + usize::from(skip);
            next_column = column + 1;
            let place = u16::try_from(key).ok().zip(u16::try_from(column).ok());
            match place.filter(|_| key < keys && steps != 0 && corruption.len() < MAX_CELLS) {
                Some((key, column)) => corruption.set(key, column, steps),
                None => losses.out_of_range += 1,
            }
            losses.out_of_range += usize::from(steps == i16::MIN);
        }
    }
    losses.out_of_range += usize::from(!cut && !body.is_empty());
    corruption
}

fn take_point(body: &mut &[u8], losses: &mut Losses) -> Option<GridPoint> {
    take::<WirePoint>(body).map(|point| point.point(losses))
}

/// Puts the attributes of a section of [`Run`]s into their places; what is beyond the last place is left out.
fn take_runs<'p, T: 'p>(
    section: Option<Section<'_>>,
    mut places: impl Iterator<Item = &'p mut Option<T>>,
    losses: &mut Losses,
    mut take_attribute: impl FnMut(&mut &[u8], &mut Losses) -> Option<T>,
) {
    let Some(Section { mut body, cut, .. }) = section else {
        return;
    };
    while let Some(Run { skip, len }) = take(&mut body) {
        // `nth` would be one call, but it takes the place after those skipped.
        places.by_ref().take(usize::from(skip)).for_each(drop);
        for _ in 0..len {
            let Some(attribute) = take_attribute(&mut body, losses) else {
                losses.out_of_range += usize::from(!cut);
                return;
            };
            let Some(place) = places.next() else {
                losses.out_of_range += 1;
                return;
            };
            *place = Some(attribute);
        }
    }
    losses.out_of_range += usize::from(!cut && !body.is_empty());
}
