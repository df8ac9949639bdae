//! How long a run takes on the device.

use web_time::Instant;

use crate::device::Gpu;
use crate::error::Error;
use crate::prepared::Prepared;

/// Seconds that everything between two time stamps may take: drivers reset a GPU that does not answer for two.
const AT_ONCE: f64 = 0.5;

impl Gpu {
    /// Seconds that `work` takes on the device, by time stamps at the beginning and the end of a pass; by the clock, from
    /// submitting until it is done, where there are none.
    pub(crate) async fn seconds(&self, work: impl FnOnce(&mut wgpu::ComputePass<'_>)) -> Result<f64, Error> {
        let stamps = self.report().timestamps.then(|| Stamps::new(self));
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: None,
                timestamp_writes: stamps.as_ref().map(Stamps::of_pass),
            });
            work(&mut pass);
        }
        if let Some(stamps) = &stamps {
            stamps.resolve(&mut encoder);
        }
        let began = Instant::now();
        self.queue.submit([encoder.finish()]);
        self.settle().await?;
        let clock = began.elapsed().as_secs_f64();
        let Some(stamps) = stamps else {
            return Ok(clock);
        };
        let ticks = stamps.read(self).await?;
        let seconds = ticks as f64 * f64::from(self.queue.get_timestamp_period()) * 1e-9;
        // Browsers round time stamps, to 0 where the work is short; some drivers give none.
        Ok(if seconds > 0.0 { seconds } else { clock })
    }
}

/// Two time stamps, and where they go.
struct Stamps {
    set: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    landing: wgpu::Buffer,
}

impl Stamps {
    /// Bytes of both.
    const BYTES: u64 = 16;

    fn new(gpu: &Gpu) -> Self {
        let set = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("time"),
            ty: wgpu::QueryType::Timestamp,
            count: 2,
        });
        let resolved = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("time"),
            size: Self::BYTES,
            usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        let landing = gpu.landing(Self::BYTES);
        Self { set, resolved, landing }
    }

    fn of_pass(&self) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.set,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        }
    }

    fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.set, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.landing, 0, Self::BYTES);
    }

    async fn read(&self, gpu: &Gpu) -> Result<u64, Error> {
        let bytes = gpu.landed(&self.landing).await?;
        let stamp = |at: usize| bytes.get(at..at + 8).map_or(0, bytemuck::pod_read_unaligned::<u64>);
        Ok(stamp(8).saturating_sub(stamp(0)))
    }
}

impl Prepared<'_> {
    /// Seconds of one run, the mean of `repeats` runs back to back in one pass.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::Refused`].
    pub async fn seconds_at_once(&self, repeats: usize) -> Result<f64, Error> {
        let stages: Vec<_> = self.parts.iter().flat_map(|part| &part.stages).collect();
        for stage in &stages {
            stage.aim(self.gpu, 0..stage.groups);
        }
        let work = |pass: &mut wgpu::ComputePass<'_>| {
            for _ in 0..repeats {
                for stage in &stages {
                    stage.dispatch(pass, stage.groups);
                }
            }
        };
        Ok(self.gpu.seconds(work).await? / repeats as f64)
    }

    /// Seconds of one run in tiles, by the clock: for what takes too long for one submission.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::Refused`].
    pub async fn seconds_in_tiles(&self) -> Result<f64, Error> {
        let mut running = self.run_again();
        let began = Instant::now();
        while !running.step().await?.is_finished() {}
        Ok(began.elapsed().as_secs_f64())
    }

    /// Whether a run that takes so many seconds may be one submission.
    pub fn fits_at_once(seconds: f64) -> bool {
        seconds < AT_ONCE
    }
}
