//! What a device can do at most: the walls of the roofline, measured by kernels that do nothing else.

use crate::device::Gpu;
use crate::error::Error;
use crate::results::Ceilings;
use crate::shape::Precision;
use crate::wgsl::ceilings::{COPY_THREADS, copy, fma_loop, matrix_loop};

/// Seconds that a measurement should take.
const SECONDS: f64 = 0.02;
/// Measurements, of which the best counts: a ceiling is what is reached at all.
const SAMPLES: usize = 5;

impl Gpu {
    /// Measures the ceilings.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::Refused`].
    pub async fn ceilings(&self) -> Result<Ceilings, Error> {
        let groups = if self.report().software { 16 } else { 4096 };
        let fma = self.operations(groups, fma_loop()).await?;
        let matrix = match self.report().matrix_units {
            Some(units) => Some(self.operations(groups, matrix_loop(units)).await?),
            None => None,
        };
        Ok(Ceilings {
            fma_tflops: Some(fma / 1e12),
            matrix_tflops: matrix.map(|operations| operations / 1e12),
            copy_gbps: Some(self.copied().await? / 1e9),
            binding_bytes: Some(self.report().binding_bytes),
        })
    }

    /// Operations a second of a loop, whose text comes with the operations of a workgroup in one round.
    async fn operations(&self, groups: u32, (wgsl, of_round): (String, f64)) -> Result<f64, Error> {
        let pipeline = self.pipeline("a loop", wgsl)?;
        let output = self.room("output", groups as usize * 64 * 64, Precision::F32);
        let mut best: f64 = 0.0;
        let mut rounds = 64_u32;
        let mut samples = 0;
        while samples < SAMPLES {
            let uniform = self.uniform("rounds", bytemuck::cast_slice(&[rounds, 0, 0, 0]));
            let bind = self.bound(&pipeline, &[&uniform, &output]);
            let seconds = self
                .seconds(|pass| {
                    pass.set_pipeline(&pipeline);
                    pass.set_bind_group(0, &bind, &[]);
                    pass.dispatch_workgroups(groups, 1, 1);
                })
                .await?;
            if seconds < SECONDS / 2.0 && rounds < 1 << 20 {
                rounds *= 2;
                continue;
            }
            best = best.max(f64::from(groups) * f64::from(rounds) * of_round / seconds);
            samples += 1;
        }
        Ok(best)
    }

    /// Bytes that are read and written a second.
    async fn copied(&self) -> Result<f64, Error> {
        /// Bytes of each buffer: more than any cache.
        const BYTES: u64 = 256 << 20;
        let bytes = BYTES.min(self.report().binding_bytes).min(self.report().buffer_bytes) / 2;
        let pipeline = self.pipeline("a copy", copy())?;
        let [from, to] = ["from", "to"].map(|name| self.buffer(name, bytes));
        let bind = self.bound(&pipeline, &[&from, &to]);
        let groups = (bytes / (16 * COPY_THREADS)).min(65_535);
        let copied = groups * 16 * COPY_THREADS;
        let mut best: f64 = 0.0;
        for _ in 0..=SAMPLES {
            let seconds = self
                .seconds(|pass| {
                    pass.set_pipeline(&pipeline);
                    pass.set_bind_group(0, &bind, &[]);
                    pass.dispatch_workgroups(groups as u32, 1, 1);
                })
                .await?;
            best = best.max(2.0 * copied as f64 / seconds);
        }
        Ok(best)
    }

    /// Buffers bound from 0 on.
    fn bound(&self, pipeline: &wgpu::ComputePipeline, buffers: &[&wgpu::Buffer]) -> wgpu::BindGroup {
        let entries: Vec<_> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }
}
