//! What the lens gives to take away.

use eigenlens_figures::{Axis, Content, Dot, Line, Role, Ruler};

use super::FullSize;
use super::derive::{CPU, GPU, TORCH, work};
use crate::lab::Lab;
use crate::lab::full_size::Measured;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for FullSize {
    fn stem(&self) -> &'static str {
        "full-size"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("times", "time for one pass"),
                FigureName::new("speeds", "how many times as fast"),
                FigureName::new("roofline", "roofline"),
                FigureName::new("errors", "error against 64 bits"),
                FigureName::new("memory", "memory"),
                FigureName::new("moved", "moved by the noise"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let of = self.picture.of.as_ref()?;
        let [batch, heads, tokens, dim] = self.picture.shape;
        let at = format!(
            "{} at B, H, N, D = {batch}, {heads}, {tokens}, {dim}",
            of.machine.adapter
        );
        let lines = &self.picture.lines;
        let names: Vec<String> = Measured::ALL
            .iter()
            .map(|measured| measured.short_name().replace('*', ""))
            .collect();
        let of_line = |value: &dyn Fn(&super::derive::Line) -> Option<f64>| -> Vec<f64> {
            lines.iter().map(|line| value(line).unwrap_or(f64::NAN)).collect()
        };
        let ms = |who: usize| of_line(&|line| line.ms.get(who).copied().flatten());
        let content = match key {
            "times" => {
                let [gpu, cpu, torch] = [GPU, CPU, TORCH].map(ms);
                made::bars(
                    "milliseconds",
                    &names,
                    &[
                        ("GPU", Role::Query, &gpu),
                        ("CPU, all cores", Role::Quiet, &cpu),
                        ("PyTorch", Role::Second, &torch),
                    ],
                )
            }
            "speeds" => {
                let [cpu, torch] = [CPU, TORCH].map(|who| of_line(&|line| line.ratio(who)));
                made::bars(
                    "times as fast",
                    &names,
                    &[
                        ("against the CPU", Role::Quiet, &cpu),
                        ("against PyTorch", Role::Second, &torch),
                    ],
                )
            }
            "roofline" => self.roofline()?,
            "errors" => {
                let found = of_line(&|line| line.error.map(|error| error.relative));
                let bound = of_line(&|line| line.error.map(|error| error.tolerance));
                made::bars(
                    "relative error",
                    &names,
                    &[("found", Role::Ink, &found), ("allowed", Role::Quiet, &bound)],
                )
            }
            "memory" => {
                let peak = of_line(&|line| line.peak_bytes.map(|bytes| bytes as f64 / 1e6));
                made::bars("megabytes", &names, &[("", Role::Ink, &peak)])
            }
            _ => {
                let moved = of_line(&|line| line.moved);
                made::bars(
                    "distance of the noisy output, of its length",
                    &names,
                    &[("", Role::Bad, &moved)],
                )
            }
        };
        // Bars of nothing are no figure.
        let is_empty = matches!(&content, Content::Bars(bars) if bars.rows.iter().all(|row| row.values.iter().all(Option::is_none)));
        (!is_empty).then(|| Drawn::new(format!("{at}."), content))
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(of) = &self.picture.of else { return };
        let rows: Vec<_> = of.rows.iter().filter(|row| row.time.is_some()).collect();
        let time = |row: &&eigenlens_gpu::Row| row.time.map_or(0.0, |time| time.median_ms);
        for (axis, name) in ["batch", "heads", "tokens", "dim"].into_iter().enumerate() {
            arrays.list(name, rows.iter().map(|row| row.shape[axis] as f64));
        }
        arrays.list("passes", rows.iter().map(|row| row.passes as f64));
        arrays.list("median_ms", rows.iter().map(time));
        arrays.list("tflops", rows.iter().map(|row| row.tflops.unwrap_or(0.0)));
        let number = |name: &str| Measured::ALL.iter().position(|measured| measured.key() == name);
        arrays.list(
            "mechanism",
            rows.iter()
                .map(|row| number(&row.mechanism).map_or(-1.0, |at| at as f64)),
        );
        arrays.list("work", Measured::ALL.map(|measured| work(self.picture.shape, measured)));
        arrays.list("shape", self.picture.shape.map(|length| length as f64));
        for (who, name) in [(GPU, "gpu_ms"), (CPU, "cpu_ms"), (TORCH, "torch_ms")] {
            // 0 where nothing was measured.
            arrays.list(
                name,
                self.picture
                    .lines
                    .iter()
                    .map(|line| line.ms.get(who).copied().flatten().unwrap_or(0.0)),
            );
        }
    }

    fn script(&self) -> &'static str {
        include_str!("../../../assets/scripts/full-size.py")
    }
}

impl FullSize {
    /// Operations a second against operations for each byte, under what the machine can do at most.
    fn roofline(&self) -> Option<Content> {
        let ceilings = &self.picture.of.as_ref()?.ceilings;
        let path = &self.picture.path;
        if path.is_empty() {
            return None;
        }
        let peak = ceilings
            .matrix_tflops
            .into_iter()
            .chain(ceilings.fma_tflops)
            .fold(0.0, f64::max);
        let slope = ceilings.copy_gbps.map(|gbps| gbps / 1000.0);
        let intensities = path.iter().map(|spot| spot.intensity);
        let ridge = slope.filter(|_| peak > 0.0).map(|slope| peak / slope);
        let x = Axis::log("operations for each byte", intensities.chain(ridge).chain([10.0]));
        let mut lines = Vec::new();
        if let (Some(slope), true) = (slope, peak > 0.0) {
            let xs = [x.ends[0], peak / slope, x.ends[1]];
            lines.push(Line {
                name: "what the machine can do".to_owned(),
                role: Role::Second,
                strong: true,
                ..made::line("", Role::Second, &xs, xs.map(|x| (slope * x).min(peak)))
            });
        }
        lines.push(Line {
            name: "measured".to_owned(),
            role: Role::Query,
            ..made::line(
                "",
                Role::Query,
                &path.iter().map(|spot| spot.intensity).collect::<Vec<_>>(),
                path.iter().map(|spot| spot.tflops),
            )
        });
        let ys = made::all(&lines, 1);
        let mut chart = made::chart([x, Axis::log("10¹² operations a second", ys)], lines);
        chart.dots = path
            .iter()
            .map(|spot| Dot {
                at: [spot.intensity, spot.tflops],
                name: spot.tokens.name().to_owned(),
                role: Role::Query,
                hollow: false,
            })
            .collect();
        for (name, at) in [("matrix units", ceilings.matrix_tflops), ("f32", ceilings.fma_tflops)] {
            chart.rulers.extend(at.map(|at| Ruler {
                at,
                upright: false,
                name: name.to_owned(),
                role: Role::Quiet,
            }));
        }
        Some(made::only(chart))
    }
}
