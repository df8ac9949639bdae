//! Numbers to the device and back.

use wgpu::BufferUsages;

use crate::device::Gpu;
use crate::error::Error;
use crate::shape::Precision;

/// Bytes that are copied at a time, so that a copy needs little memory of its own.
const AT_ONCE: usize = 32 << 20;

impl Gpu {
    /// Room for so many bytes.
    pub(crate) fn buffer(&self, name: &'static str, bytes: u64) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(name),
            size: bytes.max(4),
            usage: BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        })
    }

    /// Room for numbers.
    pub(crate) fn room(&self, name: &'static str, numbers: usize, precision: Precision) -> wgpu::Buffer {
        self.buffer(name, (numbers * precision.bytes()) as u64)
    }

    /// Numbers in this precision.
    pub(crate) fn upload(&self, name: &'static str, numbers: &[f32], precision: Precision) -> wgpu::Buffer {
        let buffer = self.room(name, numbers.len(), precision);
        let mut offset = 0;
        for some in numbers.chunks(AT_ONCE / precision.bytes()) {
            match precision {
                Precision::F32 => self.queue.write_buffer(&buffer, offset, bytemuck::cast_slice(some)),
                Precision::F16 => {
                    let halves: Vec<u16> = some.iter().map(|&x| half::f16::from_f32(x).to_bits()).collect();
                    self.queue.write_buffer(&buffer, offset, bytemuck::cast_slice(&halves));
                }
            }
            // What is written waits in memory for the next submission.
            self.queue.submit([]);
            offset += (some.len() * precision.bytes()) as u64;
        }
        buffer
    }

    /// Bytes as they are.
    pub(crate) fn upload_bytes(&self, name: &'static str, bytes: &[u8]) -> wgpu::Buffer {
        let buffer = self.buffer(name, bytes.len() as u64);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    /// A few numbers that every thread reads.
    pub(crate) fn uniform(&self, name: &'static str, bytes: &[u8]) -> wgpu::Buffer {
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(name),
            size: bytes.len().next_multiple_of(16) as u64,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    /// NaN in every number.
    pub(crate) fn poison(&self, buffer: &wgpu::Buffer) {
        // All bits set are NaN in f32 and in f16.
        let ones = vec![0xff; AT_ONCE.min(buffer.size() as usize)];
        let mut offset = 0;
        while offset < buffer.size() {
            let some = ones.len().min((buffer.size() - offset) as usize);
            self.queue.write_buffer(buffer, offset, &ones[..some]);
            self.queue.submit([]);
            offset += some as u64;
        }
    }

    /// Copies pieces of a buffer, each a place and a number of numbers, one after the other.
    pub(crate) async fn read(
        &self,
        buffer: &wgpu::Buffer,
        precision: Precision,
        pieces: &[(usize, usize)],
    ) -> Result<Vec<f32>, Error> {
        let total = pieces.iter().map(|(_, count)| count).sum();
        let mut numbers = Vec::with_capacity(total);
        let mut batch = Vec::new();
        let mut held = 0;
        for &(mut first, mut count) in pieces {
            while count > 0 {
                let some = count.min(AT_ONCE / precision.bytes() - held);
                batch.push((first, some));
                (held, first, count) = (held + some, first + some, count - some);
                if held == AT_ONCE / precision.bytes() {
                    self.read_batch(buffer, precision, &batch, &mut numbers).await?;
                    batch.clear();
                    held = 0;
                }
            }
        }
        if held > 0 {
            self.read_batch(buffer, precision, &batch, &mut numbers).await?;
        }
        Ok(numbers)
    }

    async fn read_batch(
        &self,
        buffer: &wgpu::Buffer,
        precision: Precision,
        pieces: &[(usize, usize)],
        numbers: &mut Vec<f32>,
    ) -> Result<(), Error> {
        let size = precision.bytes();
        let held: usize = pieces.iter().map(|(_, count)| count * size).sum();
        let landing = self.landing(held as u64);
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut offset = 0;
        for &(first, count) in pieces {
            let bytes = (count * size) as u64;
            encoder.copy_buffer_to_buffer(buffer, (first * size) as u64, &landing, offset, bytes);
            offset += bytes;
        }
        self.queue.submit([encoder.finish()]);
        let bytes = self.landed(&landing).await?;
        match precision {
            Precision::F32 => numbers.extend(bytes.chunks_exact(4).map(bytemuck::pod_read_unaligned::<f32>)),
            Precision::F16 => {
                let halves = bytes.chunks_exact(2).map(bytemuck::pod_read_unaligned::<u16>);
                numbers.extend(halves.map(|bits| half::f16::from_bits(bits).to_f32()));
            }
        }
        Ok(())
    }

    /// A buffer that can be read here.
    pub(crate) fn landing(&self, bytes: u64) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("landing"),
            size: bytes.next_multiple_of(4),
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// What has come to a landing buffer.
    pub(crate) async fn landed(&self, landing: &wgpu::Buffer) -> Result<Vec<u8>, Error> {
        // Errors of mapping are those of the device, which settling reports.
        landing.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        self.settle().await?;
        let refused = |error: wgpu::MapRangeError| Error::Refused {
            what: "to give its memory back",
            reason: error.to_string(),
        };
        let bytes = landing.slice(..).get_mapped_range().map_err(refused)?.to_vec();
        landing.unmap();
        Ok(bytes)
    }
}
