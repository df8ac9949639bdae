//! What the lens gives to take away.

use eigenlens_figures::Role;

use super::Claims;
use super::derive::with_planted;
use crate::lab::{Lab, ValuesFrom};
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for Claims {
    fn stem(&self) -> &'static str {
        "claims"
    }

    fn figures(&self) -> &'static [FigureName] {
        const { &[FigureName::new("tests", "the tests beside their nulls")] }
    }

    fn figure(&self, _key: &str, _lab: &Lab) -> Option<Drawn> {
        let lines = self.lines();
        let names: Vec<String> = lines.iter().map(|line| line.name.to_owned()).collect();
        let values: Vec<f64> = lines.iter().map(|line| line.value).collect();
        let nulls: Vec<f64> = lines
            .iter()
            .map(|line| {
                line.null
                    .as_ref()
                    .map_or(f64::NAN, eigenlens_core::claims::Spread::mean)
            })
            .collect();
        (!names.is_empty()).then(|| {
            let series: [(&str, Role, &[f64]); 2] = [("here", Role::Query, &values), ("chance", Role::Quiet, &nulls)];
            Drawn::new(
                "Each number beside the mean that chance gives.",
                made::bars("number", &names, &series),
            )
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(Ok(head)) = &self.head else { return };
        let planted = (self.values == ValuesFrom::Constructed)
            .then(|| with_planted(head, self.temperature).ok())
            .flatten();
        let head = planted.as_ref().unwrap_or(head);
        arrays.matrix("queries", head.queries());
        arrays.matrix("keys", head.keys());
        arrays.matrix("values", head.values());
        for line in self.lines().iter() {
            arrays.number(line.key, line.value);
        }
    }

    fn script(&self) -> &'static str {
        include_str!("../../../assets/scripts/claims.py")
    }
}
