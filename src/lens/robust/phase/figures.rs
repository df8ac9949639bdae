//! What the phase diagram gives to take away.

use eigenlens_figures::{Axis, Content, HeatMap, HeatMaps, Role};
use nalgebra::DMatrix;

use super::Phase;
use super::compute::{DRAWS, places};
use crate::lab::Planted;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, FigureName};

impl Phase {
    pub(in super::super) const FIGURES: &[FigureName] = &[
        FigureName::new("diagram", "phase diagram of recovery"),
        FigureName::new("draw", "one draw: M, L and what is off"),
        FigureName::new("values", "singular values of the draw"),
    ];

    pub(in super::super) fn figure(&self, key: &str) -> Option<Drawn> {
        let chosen = self.chosen;
        let of = format!("rank {}, {} wrong", chosen.rank(), chosen.percent());
        Some(match key {
            "diagram" => Drawn::new(
                format!("Draws of {DRAWS} that came back, for each rank and share of wrong entries."),
                self.diagram_map(),
            ),
            "draw" => Drawn::new(format!("A draw of {of}."), self.draw_maps()?),
            _ => Drawn::new(format!("A draw of {of}."), self.values()?),
        })
    }

    pub(in super::super) fn arrays(&self, arrays: &mut Arrays) {
        arrays.matrix("recovered", &self.recovered());
        if let Some(instance) = self.instance() {
            arrays.matrix("seen", &instance.seen);
            arrays.matrix("low_rank", &instance.low_rank);
            arrays.matrix("off", &instance.off);
            arrays.list("seen_values", instance.seen_values.iter().copied());
            arrays.list("clean_values", instance.clean_values.iter().copied());
            arrays.list("found_values", instance.found_values.iter().copied());
            arrays.list("error", [instance.found.error]);
        }
    }

    /// How many draws of each cell came back, the largest share first; −1 of a cell that is not computed.
    fn recovered(&self) -> DMatrix<f64> {
        let mut all = DMatrix::from_element(usize::from(Planted::SHARES), usize::from(Planted::RANKS), -1.0);
        for place in places() {
            let row = usize::from(Planted::SHARES - place.share_steps());
            let column = usize::from(place.rank() - 1);
            if let (Some(cell), Some(entry)) = (self.diagram.cell(place), all.get_mut((row, column))) {
                *entry = cell.recovered() as f64;
            }
        }
        all
    }

    fn diagram_map(&self) -> Content {
        let all = self.recovered();
        let values = all
            .transpose()
            .iter()
            .map(|count| if *count < 0.0 { f64::NAN } else { *count })
            .collect::<Vec<_>>();
        let shares = (1..=Planted::SHARES).rev();
        Content::HeatMaps(HeatMaps {
            maps: vec![HeatMap {
                row_title: "wrong entries, %".to_owned(),
                column_title: "rank".to_owned(),
                row_names: shares
                    .map(|share| format!("{}", 100.0 * Planted::SHARE_STEP * f64::from(share)))
                    .collect(),
                column_names: (1..=Planted::RANKS).map(|rank| rank.to_string()).collect(),
                measure: format!("draws of {DRAWS} that came back"),
                most: DRAWS as f64,
                row: Some(usize::from(Planted::SHARES - self.chosen.share_steps())),
                column: Some(usize::from(self.chosen.rank() - 1)),
                ..HeatMap::new("", [all.nrows(), all.ncols()], values)
            }],
        })
    }

    fn draw_maps(&self) -> Option<Content> {
        let instance = self.instance()?;
        let most = instance.seen.amax().max(f64::MIN_POSITIVE);
        let map = |title: &str, part| HeatMap {
            signed: true,
            most,
            ..made::map(title, part, [&[], &[]])
        };
        Some(Content::HeatMaps(HeatMaps {
            maps: vec![
                map("M, as it is seen", &instance.seen),
                map("L, found", &instance.low_rank),
                map("L less the truth", &instance.off),
            ],
        }))
    }

    fn values(&self) -> Option<Content> {
        let instance = self.instance()?;
        let line = |name: &str, role, values: &[f64]| {
            let xs: Vec<f64> = (1..=values.len()).map(|at| at as f64).collect();
            let mut line = made::line(name, role, &xs, values.iter().copied());
            line.strong = role == Role::Positive;
            line.dashed = role == Role::Second;
            line
        };
        let lines = vec![
            line("planted", Role::Second, &instance.clean_values),
            line("seen", Role::Bad, &instance.seen_values),
            line("found", Role::Positive, &instance.found_values),
        ];
        let axes = [
            Axis::around("singular value, in order", made::all(&lines, 0)),
            Axis::from_zero("size", made::all(&lines, 1)),
        ];
        Some(made::only(made::chart(axes, lines)))
    }
}
