//! Valid labs and edits for the property tests.

mod lenses;

use std::num::NonZeroU16;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::preset::PRESETS;
use super::robust::form_of_code;
use super::text::TEXTS;
use super::{
    AxisFrame, Brush, Camera, Card, CellNoise, Choices, Corruption, Damage, EditError, EllipticalChoices, FileSource,
    GridPoint, KernelChoice, KernelPcaChoices, Key, Lab, LambdaChoice, LensId, Library, Lift, MAX_TOKENS, Method,
    NoiseKind, Origin, Planted, PresetId, Query, RobustChoices, RobustView, Scene, SettingsChoices, SmootherForm,
    SmootherView, SoftmaxChoices, Source, SupportChoices, Temperature, Theme, Thousandths, TokenRef, ValuesFrom,
    WhoAsks,
};

pub(super) fn grid_point() -> impl Strategy<Value = GridPoint> {
    // Corners and the grid's edge often; everywhere else sometimes.
    let steps = prop_oneof![any::<i16>(), -4..4_i16, Just(i16::MAX), Just(-i16::MAX)];
    (steps.clone(), steps).prop_map(|(x, y)| GridPoint::from_steps(x, y))
}

fn preset() -> impl Strategy<Value = Source> {
    let ids: Vec<_> = PRESETS.iter().map(|preset| Source::Preset(preset.id)).collect();
    proptest::sample::select(ids)
}

fn text() -> impl Strategy<Value = Source> {
    let ids: Vec<_> = TEXTS.iter().map(|text| Source::Text(text.id)).collect();
    proptest::sample::select(ids)
}

fn planted() -> impl Strategy<Value = Planted> {
    (1..=Planted::RANKS, 1..=Planted::SHARES, 0..Planted::DRAWS)
        .prop_filter_map("inside", |(rank, share, draw)| Planted::new(rank, share, draw))
}

fn source() -> impl Strategy<Value = Source> {
    let file = (".{0,60}", any::<[u8; 8]>(), any::<u16>(), 1..20_u16, 1..20_u16)
        .prop_map(|(name, hash, heads, n, m)| Source::File(FileSource::new(&name, hash, heads, n, m)));
    prop_oneof![
        3 => preset(),
        1 => Just(Source::Blank),
        2 => file,
        2 => text(),
        1 => planted().prop_map(Source::Planted),
    ]
}

fn temperature() -> impl Strategy<Value = Temperature> {
    option::of(1..=u16::MAX).prop_map(|steps| {
        steps
            .and_then(NonZeroU16::new)
            .map_or(Temperature::RootD, Temperature::Fixed)
    })
}

/// Rows of the source in any order, each at most once, between added tokens.
fn order(rows: u16, least: usize) -> impl Strategy<Value = Vec<Option<u16>>> {
    let all: Vec<u16> = (0..rows).collect();
    let kept = proptest::sample::subsequence(all, 0..=usize::from(rows));
    // Untouched, edited as people do, and in any order.
    let as_edited = (kept, 0..12_usize, any::<bool>()).prop_flat_map(move |(kept, added, shuffled)| {
        let mut tokens: Vec<_> = kept.into_iter().map(Some).collect();
        tokens.extend(std::iter::repeat_n(None, added.max(least.saturating_sub(tokens.len()))));
        if shuffled {
            Just(tokens).prop_shuffle().boxed()
        } else {
            Just(tokens).boxed()
        }
    });
    let untouched: Vec<_> = (0..rows).map(Some).collect();
    let is_enough = untouched.len() >= least;
    prop_oneof![
        as_edited.clone(),
        if is_enough {
            Just(untouched).boxed()
        } else {
            as_edited.boxed()
        }
    ]
}

fn scene_of(source: Source) -> impl Strategy<Value = Scene> {
    let counts = source.counts();
    let keys = order(counts.keys, 0).prop_flat_map(|order| {
        let edits = vec(
            (
                grid_point(),
                any::<bool>(),
                option::weighted(0.3, grid_point()),
                (
                    option::weighted(0.2, grid_point()),
                    option::weighted(0.2, any::<i16>()),
                    option::weighted(0.2, any::<i16>()),
                ),
                any::<bool>(),
            ),
            order.len(),
        );
        edits.prop_map(move |edits| {
            std::iter::zip(&order, edits)
                .map(|(row, (at, moved, value, (previous, target, dual), outlier))| {
                    let key = row.map_or(Key::added(at), |row| Key {
                        at: moved.then_some(at),
                        ..Key::row(row)
                    });
                    Key {
                        value,
                        previous,
                        target,
                        dual,
                        outlier,
                        ..key
                    }
                })
                .collect::<Vec<_>>()
        })
    });
    let queries = order(counts.queries, 1).prop_flat_map(|order| {
        vec((grid_point(), any::<bool>()), order.len()).prop_map(move |edits| {
            std::iter::zip(&order, edits)
                .map(|(row, (at, moved))| {
                    row.map_or(Query::added(at), |row| Query {
                        at: moved.then_some(at),
                        ..Query::row(row)
                    })
                })
                .collect::<Vec<_>>()
        })
    });
    (
        keys,
        queries,
        any::<prop::sample::Index>(),
        temperature(),
        0..counts.heads,
        option::of(wrong_entries()),
        option::of(lift()),
    )
        .prop_map(move |(keys, queries, asking, temperature, head, wrong, lift)| {
            let mut corruption = wrong.unwrap_or_else(|| Corruption::of_keys(&source, &keys));
            corruption.clamp(keys.len(), usize::from(u16::MAX));
            Scene {
                asking: asking.index(queries.len()) as u16,
                head,
                keys,
                queries,
                temperature,
                corruption,
                lift: lift.unwrap_or_else(|| Lift::of(&source)),
                source: source.clone(),
            }
        })
}

fn wrong_entries() -> impl Strategy<Value = Corruption> {
    vec((0..14_u16, 0..34_u16, -i16::MAX..=i16::MAX), 0..12).prop_map(|cells| cells.into_iter().collect())
}

fn lift() -> impl Strategy<Value = Lift> {
    prop_oneof![Just(Lift::Plane), any::<u32>().prop_map(|seed| Lift::Lifted { seed })]
}

fn scene() -> impl Strategy<Value = Scene> {
    prop_oneof![
        1 => source().prop_map(|source| Scene::of(source, 0)),
        4 => source().prop_flat_map(scene_of),
    ]
}

fn camera() -> impl Strategy<Value = Camera> {
    let at = (grid_point(), any::<u16>()).prop_map(|(centre, span)| Camera::from_steps(centre, span));
    prop_oneof![Just(Camera::Fit), at]
}

fn brush() -> impl Strategy<Value = Brush> {
    let any_brush = (any::<bool>(), 0..=Brush::MAX_STEPS, any::<u32>(), 0..=Brush::MAX_STEPS).prop_map(
        |(spikes, strength, seed, radius)| Brush {
            kind: if spikes { NoiseKind::Spikes } else { NoiseKind::Gaussian },
            strength,
            seed,
            radius,
            damage: CellNoise::default(),
        },
    );
    prop_oneof![Just(Brush::default()), any_brush]
}

/// A brush that was also set in the robust lens.
fn any_brush() -> impl Strategy<Value = Brush> {
    (brush(), damage()).prop_map(|(brush, damage)| Brush { damage, ..brush })
}

fn thousandths() -> impl Strategy<Value = Thousandths> {
    (1..=i16::MAX as u16).prop_filter_map("positive", |steps| NonZeroU16::new(steps).map(Thousandths))
}

fn damage() -> impl Strategy<Value = CellNoise> {
    let sizes = [thousandths(), thousandths(), thousandths(), thousandths()];
    let damage = (proptest::sample::select(&Damage::ALL[..]), sizes, 1..=100_u8);
    let damage = damage.prop_map(|(damage, sizes, percent)| CellNoise { damage, sizes, percent });
    prop_oneof![Just(CellNoise::default()), damage]
}

fn robust() -> impl Strategy<Value = RobustChoices> {
    let lambda = prop_oneof![
        Just(LambdaChoice::Source),
        Just(LambdaChoice::Textbook),
        thousandths().prop_map(LambdaChoice::Fixed),
    ];
    let rpc = (
        0..3_u8,
        1..=RobustChoices::MAX_ITERATIONS,
        [
            option::of(thousandths()),
            option::of(thousandths()),
            option::of(thousandths()),
        ],
        any::<u16>().prop_map(NonZeroU16::new),
    );
    (
        lambda,
        any::<bool>(),
        any::<u16>().prop_map(NonZeroU16::new),
        proptest::sample::select(&Method::ALL[..]),
        rpc,
        0..3_u8,
        any::<bool>(),
        option::of(planted()),
        (any::<bool>(), option::of([thousandths(), thousandths(), thousandths()])),
    )
        .prop_map(
            |(lambda, growing, step, method, rpc, asks, phase, instance, (open, sizes))| {
                let (form, iterations, rpc_lambdas, heads) = rpc;
                RobustChoices {
                    lambda,
                    growing,
                    step,
                    method,
                    form: form_of_code(form).expect("three forms"),
                    iterations,
                    rpc_lambdas,
                    heads,
                    asks: WhoAsks::from_code(asks).expect("three choices"),
                    view: if phase { RobustView::Phase } else { RobustView::Split },
                    instance,
                    settings: SettingsChoices { open, sizes },
                }
            },
        )
}

fn theme() -> impl Strategy<Value = Option<Theme>> {
    option::of(proptest::sample::select(Theme::ALL))
}

/// What every lab is, whatever was done to it and wherever it came from.
pub(super) fn is_valid(lab: &Lab) -> bool {
    std::iter::once(&lab.scene).chain(lab.ghost.as_deref()).all(|scene| {
        let counts = scene.source.counts();
        let rows_are_valid = |origins: Vec<(Origin, bool)>, rows: u16| {
            let mut used = vec![false; usize::from(rows)];
            origins.into_iter().all(|(origin, has_place)| match origin {
                Origin::Added => has_place,
                Origin::Row(row) => used
                    .get_mut(usize::from(row))
                    .is_some_and(|used| !std::mem::replace(used, true)),
            })
        };
        let keys = scene.keys.iter().map(|key| (key.origin, key.at.is_some())).collect();
        let queries = scene
            .queries
            .iter()
            .map(|query| (query.origin, query.at.is_some()))
            .collect();
        scene.keys.len() <= MAX_TOKENS
            && (1..=MAX_TOKENS).contains(&scene.queries.len())
            && scene.asking() < scene.queries.len()
            && scene.head < counts.heads
            && scene
                .corruption
                .cells()
                .all(|(key, _, steps)| key < scene.keys.len() && steps != 0 && steps != i16::MIN)
            && scene.corruption.len() <= super::corruption::MAX_CELLS
            && rows_are_valid(keys, counts.keys)
            && rows_are_valid(queries, counts.queries)
    })
}

fn axis_frame() -> impl Strategy<Value = AxisFrame> {
    let order = Just(AxisFrame::default().order()).prop_shuffle();
    let frame = (order, any::<u8>()).prop_map(|(order, flips)| AxisFrame::new(order, flips).unwrap_or_default());
    prop_oneof![Just(AxisFrame::default()), frame]
}

fn choices() -> impl Strategy<Value = Choices> {
    let kernel_pca = (
        any::<u8>(),
        1..=u8::MAX,
        any::<bool>(),
        proptest::sample::select(&KernelChoice::ALL[..]),
        any::<bool>(),
        axis_frame(),
    );
    let kernel_pca = kernel_pca.prop_map(|(axis, kept, centred, kernel, free, frame)| KernelPcaChoices {
        axis,
        kept,
        centred,
        kernel,
        values: if free {
            ValuesFrom::Free
        } else {
            ValuesFrom::Constructed
        },
        frame,
    });
    let form = proptest::sample::select(&SmootherForm::ALL[..]);
    let view = proptest::sample::select(&SmootherView::ALL[..]);
    let robust = prop_oneof![Just(RobustChoices::default()), robust()];
    let elliptical = prop_oneof![Just(EllipticalChoices::default()), lenses::elliptical()];
    let support = prop_oneof![Just(SupportChoices::default()), lenses::support()];
    let card = proptest::sample::select(&Card::ALL[..]);
    let cards = (card, lenses::claims(), lenses::heads());
    let orders = SoftmaxChoices::ORDERS.map(|(order, ..)| order);
    let softmax = (
        any::<bool>(),
        proptest::option::of(proptest::sample::select(orders.to_vec())),
    )
        .prop_map(|(half, tiles)| SoftmaxChoices { half, tiles });
    let chosen = (
        (softmax, form, view),
        kernel_pca,
        robust,
        elliptical,
        support,
        lenses::full_size(),
        cards,
    )
        .prop_map(
            |(
                (softmax, smoother, smoother_view),
                kernel_pca,
                robust,
                elliptical,
                support,
                full_size,
                (card, claims, heads),
            )| {
                Choices {
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
                }
            },
        );
    prop_oneof![Just(Choices::default()), chosen]
}

/// Any valid lab.
pub(super) fn lab() -> impl Strategy<Value = Lab> {
    let lens = proptest::sample::select(LensId::ALL);
    (
        scene(),
        option::weighted(0.4, scene()),
        lens,
        theme(),
        camera(),
        any_brush(),
        choices(),
    )
        .prop_map(|(scene, ghost, lens, theme, camera, brush, choices)| Lab {
            scene,
            ghost: ghost.map(Box::new),
            lens,
            theme,
            camera,
            brush,
            choices,
        })
}

/// The presets of at most a dozen tokens, and the default, whose name costs a link nothing: an edit of every token is long.
pub(super) fn small_presets() -> Vec<PresetId> {
    let small = PRESETS
        .iter()
        .filter(|preset| preset.id == PresetId::default() || preset.keys.rows() + preset.queries.rows() <= 12);
    small.map(|preset| preset.id).collect()
}

/// An untouched small preset, looked at in any way.
pub(super) fn untouched_preset() -> impl Strategy<Value = Lab> {
    let source = proptest::sample::select(small_presets()).prop_map(Source::Preset);
    (source, theme(), camera(), brush()).prop_map(|(source, theme, camera, brush)| Lab {
        theme,
        camera,
        brush,
        ..Lab::of(source)
    })
}

/// An edit as a person makes it.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    Move(prop::sample::Index, GridPoint),
    Cells(prop::sample::Index, u16, i16),
    Slip(prop::sample::Index, GridPoint),
    Strike(Damage, Vec<prop::sample::Index>),
    Lift(Lift),
    AddKey(GridPoint),
    AddQuery(GridPoint),
    Plant(GridPoint),
    Erase(prop::sample::Index),
    Value(prop::sample::Index, GridPoint),
    Temperature(Temperature),
    Ask(prop::sample::Index),
    Noise(Vec<prop::sample::Index>),
    NoiseOnAll,
    Select(Source),
    Reset,
    Freeze,
    ClearGhost,
}

impl Edit {
    pub(super) fn apply(&self, lab: &mut Lab, library: &Library) -> Result<(), EditError> {
        let tokens: Vec<TokenRef> = lab.scene.tokens().collect();
        let token = |index: &prop::sample::Index| *index.get(&tokens);
        let queries = lab.scene.queries.len();
        match self {
            Self::Move(index, to) => lab.move_token(token(index), *to),
            Self::Cells(index, column, steps) => {
                let key = index.index(tokens.len()) as u16;
                lab.scene.set_cells(&[(key, *column, *steps)], library)
            }
            Self::Slip(index, to) => lab.scene.slip(index.index(tokens.len()), *to, library),
            Self::Strike(damage, indices) => {
                let before = lab.brush.damage;
                lab.brush.damage.damage = *damage;
                let passed: Vec<_> = indices.iter().map(token).collect();
                lab.strike(&passed, library).inspect_err(|_| lab.brush.damage = before)
            }
            Self::Lift(lift) => lab.scene.set_lift(*lift, library),
            Self::AddKey(at) => lab.add_key(*at).map(drop),
            Self::AddQuery(at) => lab.add_query(*at).map(drop),
            Self::Plant(at) => lab.plant_outlier(*at).map(drop),
            Self::Erase(index) => lab.erase(token(index)),
            Self::Value(index, value) => lab.set_value(index.index(tokens.len()), *value),
            Self::Temperature(temperature) => {
                lab.set_temperature(*temperature);
                Ok(())
            }
            Self::Ask(index) => lab.ask(index.index(queries)),
            Self::Noise(indices) => {
                let passed: Vec<_> = indices.iter().map(token).collect();
                lab.noise_stroke(&passed, library)
            }
            Self::NoiseOnAll => lab.noise_stroke(&tokens, library),
            Self::Select(source) => {
                lab.select(source.clone());
                Ok(())
            }
            Self::Reset => {
                lab.reset();
                Ok(())
            }
            Self::Freeze => {
                lab.freeze();
                Ok(())
            }
            Self::ClearGhost => {
                lab.clear_ghost();
                Ok(())
            }
        }
    }
}

/// Any edit of a lab whose clouds are built in.
pub(super) fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<prop::sample::Index>;
    let damage = prop_oneof![
        (index(), 0..34_u16, any::<i16>()).prop_map(|(index, column, steps)| Edit::Cells(index, column, steps)),
        (index(), grid_point()).prop_map(|(index, to)| Edit::Slip(index, to)),
        (proptest::sample::select(&Damage::ALL[..]), vec(index(), 1..4))
            .prop_map(|(damage, indices)| Edit::Strike(damage, indices)),
        lift().prop_map(Edit::Lift),
    ];
    prop_oneof![3 => move_edit(), 1 => damage]
}

/// An edit of tokens and their cloud: not of single entries, of which a token has many.
pub(super) fn move_edit() -> impl Strategy<Value = Edit> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), grid_point()).prop_map(|(index, to)| Edit::Move(index, to)),
        grid_point().prop_map(Edit::AddKey),
        grid_point().prop_map(Edit::AddQuery),
        grid_point().prop_map(Edit::Plant),
        index().prop_map(Edit::Erase),
        (index(), grid_point()).prop_map(|(index, value)| Edit::Value(index, value)),
        temperature().prop_map(Edit::Temperature),
        index().prop_map(Edit::Ask),
        vec(index(), 1..8).prop_map(Edit::Noise),
        Just(Edit::NoiseOnAll),
        prop_oneof![
            2 => proptest::sample::select(small_presets()).prop_map(Source::Preset),
            1 => Just(Source::Blank),
            1 => text(),
        ]
        .prop_map(Edit::Select),
        Just(Edit::Reset),
        Just(Edit::Freeze),
        Just(Edit::ClearGhost),
    ]
}
