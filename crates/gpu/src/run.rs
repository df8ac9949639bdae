//! Running what was prepared, in tiles that are short enough for any driver, with progress.

use web_time::Instant;

use crate::error::Error;
use crate::prepared::Prepared;

/// Seconds that a tile should take: drivers reset a GPU that does not answer for two.
const TILE: f64 = 0.05;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Operations that are done, about.
    pub done: f64,
    /// Operations in all.
    pub of: f64,
}

impl Progress {
    /// Whether nothing is left.
    pub fn is_finished(self) -> bool {
        self.done >= self.of
    }
}

/// A run as a stepper: one tile a step.
#[derive(Debug)]
pub struct Running<'a> {
    prepared: &'a Prepared<'a>,
    part: usize,
    stage: usize,
    group: usize,
    done: f64,
    of: f64,
    /// Operations in [`TILE`] seconds, as far as is known.
    tile: f64,
}

impl Prepared<'_> {
    /// Begins a run. The output is NaN until it is written, so what is not written is seen.
    pub fn run(&self) -> Running<'_> {
        for part in &self.parts {
            self.gpu.poison(&part.output);
        }
        self.run_again()
    }

    /// Begins a run over the output of another.
    pub(crate) fn run_again(&self) -> Running<'_> {
        let stages = self.parts.iter().flat_map(|part| &part.stages);
        let guess = if self.gpu.report().software { 2e9 } else { 5e11 };
        Running {
            prepared: self,
            part: 0,
            stage: 0,
            group: 0,
            done: 0.0,
            of: stages.map(|stage| stage.groups as f64 * stage.work).sum(),
            tile: guess * TILE,
        }
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// As [`Running::step`].
    pub async fn finish(&self) -> Result<(), Error> {
        let mut running = self.run();
        while !running.step().await?.is_finished() {}
        Ok(())
    }

    /// The whole output, `[B, H, N_q, D]`.
    ///
    /// # Errors
    /// [`Error::Overflow`] for an entry that is not finite; [`Error::Lost`].
    pub async fn output(&self) -> Result<Vec<f32>, Error> {
        let shape = self.task.shape;
        let mut output = Vec::with_capacity(shape.query_len());
        for part in &self.parts {
            let numbers = part.heads.len() * shape.queries() * shape.dim();
            output.extend(self.gpu.read(&part.output, self.precision, &[(0, numbers)]).await?);
        }
        match output.iter().position(|number| !number.is_finite()) {
            None => Ok(output),
            Some(at) => Err(Error::Overflow {
                place: shape.query_place(at),
                precision: self.precision,
            }),
        }
    }

    /// Some rows of the output, each a head of B·H and a query, in the order in which they are asked for.
    ///
    /// # Errors
    /// [`Error::Lost`]. Entries that are not finite are given as they are.
    pub async fn rows(&self, rows: &[(usize, usize)]) -> Result<Vec<f32>, Error> {
        let shape = self.task.shape;
        let mut found = vec![f32::NAN; rows.len() * shape.dim()];
        for part in &self.parts {
            let here =
                |(_, (head, row)): &(usize, &(usize, usize))| part.heads.contains(head) && *row < shape.queries();
            let wanted: Vec<_> = rows.iter().enumerate().filter(here).collect();
            let piece = |(_, (head, row)): &(usize, &(usize, usize))| {
                (
                    ((head - part.heads.start) * shape.queries() + row) * shape.dim(),
                    shape.dim(),
                )
            };
            let pieces: Vec<_> = wanted.iter().map(piece).collect();
            let numbers = self.gpu.read(&part.output, self.precision, &pieces).await?;
            for ((place, _), row) in wanted.iter().zip(numbers.chunks_exact(shape.dim())) {
                found[place * shape.dim()..][..shape.dim()].copy_from_slice(row);
            }
        }
        Ok(found)
    }
}

impl Running<'_> {
    /// Submits the next tile and waits for it.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::Refused`].
    pub async fn step(&mut self) -> Result<Progress, Error> {
        let prepared = self.prepared;
        let gpu = prepared.gpu;
        if let Some(stage) = prepared
            .parts
            .get(self.part)
            .and_then(|part| part.stages.get(self.stage))
        {
            let count = ((self.tile / stage.work) as usize).clamp(1, stage.groups - self.group);
            stage.aim(gpu, self.group..self.group + count);
            let began = Instant::now();
            let mut encoder = gpu
                .device
                .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                stage.dispatch(&mut pass, count);
            }
            gpu.queue.submit([encoder.finish()]);
            gpu.settle().await?;
            self.learn(count as f64 * stage.work, began.elapsed().as_secs_f64());
            self.group += count;
            if self.group == stage.groups {
                (self.group, self.stage) = (0, self.stage + 1);
            }
            if prepared
                .parts
                .get(self.part)
                .is_some_and(|part| self.stage == part.stages.len())
            {
                (self.stage, self.part) = (0, self.part + 1);
            }
        }
        let done = if self.part == prepared.parts.len() {
            self.of
        } else {
            self.done
        };
        Ok(Progress { done, of: self.of })
    }

    /// Adapts the tile to what the last one took, at most by a factor of four.
    fn learn(&mut self, work: f64, seconds: f64) {
        self.done += work;
        let fits = work * TILE / seconds.max(1e-4);
        self.tile = fits.clamp(self.tile / 4.0, self.tile * 4.0);
    }
}
