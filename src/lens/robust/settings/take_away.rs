//! The settings as a figure and as arrays.

use eigenlens_core::RpcForm;
use eigenlens_figures::{Content, HeatMap, HeatMaps};
use nalgebra::DMatrix;

use super::{ITERATIONS, Setting, Settings, paint};
use crate::lab::Lab;
use crate::lens::robust::repair::Wanted;
use crate::studio::Arrays;

impl Settings {
    /// What the figure shows.
    pub(in crate::lens::robust) fn words(&self) -> String {
        let sizes: Vec<String> = self.sizes().map(|size| size.to_string()).collect();
        let sizes = sizes.join(", ");
        format!(
            "How far RPC-Attention is from the clean output, of how far plain attention is: five columns for each size of the wrong entry, {sizes}. All on one cloud."
        )
    }

    /// The sizes of the wrong entry, as they follow each other.
    fn sizes(&self) -> impl Iterator<Item = f64> {
        let of = |setting: &Setting| (setting.form, setting.lambda, setting.keys_as_values);
        let first = self.0.first().map(of);
        let same = move |setting: &&Setting| Some(of(setting)) == first;
        self.0.iter().take_while(same).map(|setting| setting.size)
    }

    /// A map for each choice of the values: a row for each form and λ, the iterations for one size behind those for another.
    pub(in crate::lens::robust) fn figure(&self) -> Content {
        let sizes = self.sizes().count().max(1);
        let maps = [false, true].into_iter().filter_map(|keys_as_values| {
            let of = |setting: &&Setting| setting.keys_as_values == keys_as_values;
            let settings: Vec<&Setting> = self.0.iter().filter(of).collect();
            let rows = settings.chunks(sizes);
            let shape = [rows.len(), sizes * ITERATIONS.len()];
            let row_names = rows.filter_map(|row| row.first()).map(|setting| {
                let [_, form] = paint::form(setting);
                format!("{form} {}", setting.lambda)
            });
            let numbers = ITERATIONS.iter().map(u8::to_string);
            let ratios = settings
                .iter()
                .flat_map(|setting| (0..ITERATIONS.len()).map(|at| setting.ratio(at).log2()));
            Some(HeatMap {
                signed: true,
                measure: "log₂ ratio".to_owned(),
                row_title: "form and λ".to_owned(),
                column_title: "iterations n".to_owned(),
                row_names: row_names.collect(),
                column_names: numbers.cycle().take(shape[1]).collect(),
                ..HeatMap::new(paint::values(settings.first()?)[0], shape, ratios)
            })
        });
        Content::HeatMaps(HeatMaps { maps: maps.collect() })
    }

    /// A row for each setting: form (0 as printed, 1 released, 2 Lagrangian), λ, the factor of the wrong entries, whether the keys
    /// are the values, and how far plain attention is; and how far RPC-Attention is after each of the iterations. Which rows of the
    /// clean keys are which of those that are seen, and the width that the released form takes for that of the model.
    pub(in crate::lens::robust) fn arrays(&self, lab: &Lab, wanted: &Wanted, arrays: &mut Arrays) {
        let sizes = lab.choices.robust.settings.sizes(&lab.scene.corruption);
        let factor = |size: f64| {
            let known = sizes.iter().flatten().find(|[known, _]| *known == size);
            known.map_or(f64::NAN, |[_, factor]| *factor)
        };
        let form = |form| RpcForm::ALL.iter().position(|known| *known == form).unwrap_or(0) as f64;
        let rows: Vec<[f64; 5]> = self
            .0
            .iter()
            .map(|setting| {
                let keys_as_values = f64::from(u8::from(setting.keys_as_values));
                [
                    form(setting.form),
                    setting.lambda,
                    factor(setting.size),
                    keys_as_values,
                    setting.plain,
                ]
            })
            .collect();
        let moved = self.0.iter().flat_map(|setting| setting.moved);
        let table = rows.iter().flatten().copied();
        arrays.matrix("settings", &DMatrix::from_row_iterator(rows.len(), 5, table));
        let pairs = wanted.truth.keys.iter().flatten().map(|row| *row as f64);
        let released = RpcForm::ALL.iter().position(|form| *form == RpcForm::Released);
        let width = released.and_then(|form| wanted.rpc_options(form, 1).model_width);
        arrays.matrix(
            "settings_keys",
            &DMatrix::from_row_iterator(wanted.truth.keys.len(), 2, pairs),
        );
        arrays.list("settings_width", width.map(|width| width as f64));
        arrays.matrix(
            "settings_moved",
            &DMatrix::from_row_iterator(rows.len(), ITERATIONS.len(), moved),
        );
    }
}
