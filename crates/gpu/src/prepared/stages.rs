//! The kernels of a mechanism, in order, with the buffers that they read and write.

use std::f64::consts::LOG2_E;
use std::ops::Range;

use eigenlens_core::ClassToken;

use crate::device::Gpu;
use crate::error::Error;
use crate::shape::{Precision, Shape};
use crate::task::{Mechanism, Metric, Problem, Rpc, coarse_tokens};
use crate::wgsl::before::{Before, Numbers, THREADS};
use crate::wgsl::portable::{End, Held, Portable, ROWS};

use super::Part;

/// One kernel over its workgroups.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) pipeline: wgpu::ComputePipeline,
    pub(crate) bind: wgpu::BindGroup,
    /// Numbers of the kernel, among them the end and the first of the workgroups of a dispatch.
    uniform: wgpu::Buffer,
    /// Where the two stand in it, in bytes.
    range_at: u64,
    /// Workgroups in all.
    pub(crate) groups: usize,
    /// Operations of one workgroup, about.
    pub(crate) work: f64,
}

impl Stage {
    /// Says which workgroups the next submission runs.
    pub(crate) fn aim(&self, gpu: &Gpu, groups: Range<usize>) {
        let [end, first] = [groups.end, groups.start].map(|count| count as u32);
        gpu.queue
            .write_buffer(&self.uniform, self.range_at, bytemuck::cast_slice(&[end, first]));
    }

    /// Runs so many workgroups, those that were aimed at.
    pub(crate) fn dispatch(&self, pass: &mut wgpu::ComputePass<'_>, groups: usize) {
        /// The most workgroups in one dimension, everywhere.
        const ACROSS: usize = 65_535;
        let across = groups.clamp(1, ACROSS);
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind, &[]);
        pass.dispatch_workgroups(across as u32, groups.div_ceil(across) as u32, 1);
    }
}

/// Sizes of attention, in the layout of its text.
#[repr(C)]
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Sizes {
    queries: u32,
    keys: u32,
    blocks: u32,
    total: u32,
    first: u32,
    rounds: u32,
    zero: u32,
}

/// Makes the buffers and stages of some heads.
pub(super) fn part(gpu: &Gpu, problem: &Problem, heads: Range<usize>) -> Result<Part, Error> {
    let shape = problem.task().shape;
    let output = gpu.room(
        "output",
        heads.len() * shape.queries() * shape.dim(),
        problem.precision(),
    );
    let mut maker = Maker {
        gpu,
        problem,
        shape,
        precision: problem.precision(),
        heads: heads.clone(),
        stages: Vec::new(),
    };
    maker.mechanism(&output)?;
    let stages = maker.stages;
    Ok(Part { heads, stages, output })
}

struct Maker<'a> {
    gpu: &'a Gpu,
    problem: &'a Problem,
    shape: Shape,
    precision: Precision,
    heads: Range<usize>,
    stages: Vec<Stage>,
}

impl Maker<'_> {
    fn mechanism(&mut self, output: &wgpu::Buffer) -> Result<(), Error> {
        let tensors = self.problem.tensors();
        let task = self.problem.task();
        let value = self.upload("value", &tensors.value, self.shape.keys());
        let key = self.upload("key", &tensors.key, self.shape.keys());
        if let Mechanism::Rpc(rpc) = task.mechanism {
            return self.rpc(rpc, &key, &value, output);
        }
        let query = self.upload("query", &tensors.query, self.shape.queries());
        let mut kernel = self.kernel();
        kernel.causal = task.causal;
        match &task.mechanism {
            Mechanism::Softmax | Mechanism::Rpc(_) => {
                let hook = self.hook(|_| 1.0);
                self.attend(kernel, [&query, &key, &value, &hook, output], &[])
            }
            Mechanism::Smoother => {
                let hook = self.hook(|_| 1.0);
                let bias = self
                    .gpu
                    .room("bias", 2 * self.heads.len() * self.shape.keys(), Precision::F32);
                self.before(Before::Bias, [self.scale() as f32 / 2.0, 0.0, 0.0, 0.0], &[&key, &bias])?;
                kernel.bias = true;
                self.attend(kernel, [&query, &key, &value, &hook, output], &[(6, &bias)])
            }
            Mechanism::Elliptical(Metric::Given(metric)) => {
                let heads = self.shape.heads() * self.shape.dim();
                let hook = self.hook(|at| f64::from(metric.get(at % heads).copied().unwrap_or_default()));
                self.attend(kernel, [&query, &key, &value, &hook, output], &[])
            }
            Mechanism::Elliptical(Metric::Estimated { delta, scaling }) => {
                let hook = self.hook(|_| 1.0);
                let previous = self.upload("previous", &tensors.previous, self.shape.keys());
                let numbers = [self.scale() as f32, *delta as f32, 0.0, 0.0];
                self.before(Before::Metric(*scaling), numbers, &[&value, &hook, &previous])?;
                self.attend(kernel, [&query, &key, &value, &hook, output], &[])
            }
            Mechanism::Bn(options) => {
                let hook = self.hook(|_| 1.0);
                let numbers = [self.scale() as f32, options.beta as f32, options.epsilon as f32, 0.0];
                self.before(Before::Statistics(options.form), numbers, &[&key, &hook])?;
                self.attend(kernel, [&query, &key, &value, &hook, output], &[])
            }
            Mechanism::Sh(_) => self.scaled_heads(kernel, [&query, &key, &value, output]),
        }
    }

    /// Attention over tensors of the problem's precision.
    fn kernel(&self) -> Portable {
        Portable {
            dim: self.shape.dim(),
            query: self.precision,
            key: self.precision,
            value: self.precision,
            bias: false,
            causal: false,
            lengths: false,
            end: End::Output(self.precision),
            workgroup_bytes: self.gpu.report().workgroup_bytes,
        }
    }

    /// `log₂e/τ`.
    fn scale(&self) -> f64 {
        LOG2_E / self.problem.task().temperature()
    }

    /// The heads of this part of a tensor.
    fn upload(&self, name: &'static str, tensor: &[f32], tokens: usize) -> wgpu::Buffer {
        let of_head = tokens * self.shape.dim();
        let some = tensor.get(self.heads.start * of_head..self.heads.end * of_head);
        self.gpu.upload(name, some.unwrap_or_default(), self.precision)
    }

    /// `a = 0` and `w = weight·log₂e/τ`, the weight being that of an entry of `[B·H, D]`.
    fn hook(&self, weight: impl Fn(usize) -> f64) -> wgpu::Buffer {
        let (dim, scale) = (self.shape.dim(), self.scale());
        let mut hook = Vec::with_capacity(self.heads.len() * 2 * dim);
        for head in self.heads.clone() {
            hook.extend(std::iter::repeat_n(0.0, dim));
            hook.extend((0..dim).map(|column| (weight(head * dim + column) * scale) as f32));
        }
        self.gpu.upload("hook", &hook, Precision::F32)
    }

    /// A kernel that goes before attention, one workgroup for each head; `buffers` are bound from 1 on.
    fn before(&mut self, before: Before, values: [f32; 4], buffers: &[&wgpu::Buffer]) -> Result<(), Error> {
        let numbers = Numbers {
            keys: self.shape.keys() as u32,
            total: self.heads.len() as u32,
            first: 0,
            coarse: 0,
            values,
        };
        let work = 4.0 * (self.shape.keys() * self.shape.dim()) as f64;
        self.push_before(before, Precision::F32, numbers, buffers, work)
    }

    fn push_before(
        &mut self,
        before: Before,
        writes: Precision,
        numbers: Numbers,
        buffers: &[&wgpu::Buffer],
        work: f64,
    ) -> Result<(), Error> {
        let wgsl = before.wgsl(self.shape.dim(), self.precision, writes);
        let pipeline = self.gpu.pipeline("before attention", wgsl)?;
        let uniform = self.gpu.uniform("numbers", bytemuck::bytes_of(&numbers));
        let bound: Vec<_> = (1..).zip(buffers.iter().copied()).collect();
        self.push(pipeline, uniform, 4, &bound, numbers.total as usize, work);
        Ok(())
    }

    /// Attention of all rows; `tensors` are query, key, value, hook and output.
    fn attend(
        &mut self,
        kernel: Portable,
        tensors: [&wgpu::Buffer; 5],
        more: &[(u32, &wgpu::Buffer)],
    ) -> Result<(), Error> {
        self.attend_to(kernel, self.shape.keys(), tensors, more)
    }

    /// Attention to so many keys.
    fn attend_to(
        &mut self,
        kernel: Portable,
        keys: usize,
        tensors: [&wgpu::Buffer; 5],
        more: &[(u32, &wgpu::Buffer)],
    ) -> Result<(), Error> {
        let mut bound: Vec<_> = (1..).zip(tensors).collect();
        bound.extend_from_slice(more);
        self.push_attention(kernel, keys, self.shape.queries().div_ceil(ROWS), 1, &bound)
    }

    /// Attention with so many workgroups for each head, and so many rounds in each.
    fn push_attention(
        &mut self,
        kernel: Portable,
        keys: usize,
        blocks: usize,
        rounds: usize,
        bound: &[(u32, &wgpu::Buffer)],
    ) -> Result<(), Error> {
        let pipeline = self.gpu.pipeline("attention", kernel.wgsl())?;
        let groups = self.heads.len() * blocks;
        let sizes = Sizes {
            queries: self.shape.queries() as u32,
            keys: keys as u32,
            blocks: blocks as u32,
            total: groups as u32,
            first: 0,
            rounds: rounds as u32,
            zero: 0,
        };
        let uniform = self.gpu.uniform("sizes", bytemuck::bytes_of(&sizes));
        let rows = rounds * self.shape.queries().div_ceil(blocks);
        let work = 4.0 * (rows * keys * self.shape.dim()) as f64;
        self.push(pipeline, uniform, 12, bound, groups, work);
        Ok(())
    }

    fn scaled_heads(&mut self, kernel: Portable, tensors: [&wgpu::Buffer; 4]) -> Result<(), Error> {
        let [query, key, value, output] = tensors;
        let Mechanism::Sh(poolings) = &self.problem.task().mechanism else {
            return Ok(());
        };
        let (n, dim) = (self.shape.keys(), self.shape.dim());
        let blocks: Vec<[u32; 4]> = self
            .heads
            .clone()
            .filter_map(|head| poolings.get(head % self.shape.heads()))
            .map(|pooling| {
                let apart = u32::from(pooling.class_token == ClassToken::Apart);
                [pooling.factor as u32, apart, coarse_tokens(pooling, n) as u32, 0]
            })
            .collect();
        let coarse = blocks.iter().map(|block| block[2]).max().unwrap_or_default();
        let lengths: Vec<u32> = blocks.iter().map(|block| block[2]).collect();
        let blocks = self.gpu.upload_bytes("blocks", bytemuck::cast_slice(&blocks));
        let lengths = self.gpu.upload_bytes("lengths", bytemuck::cast_slice(&lengths));
        let entries = self.heads.len() * coarse as usize * dim;
        let numbers = Numbers {
            keys: n as u32,
            total: (entries / 4).div_ceil(THREADS) as u32,
            first: 0,
            coarse,
            values: [0.0; 4],
        };
        let pooled = [key, value].map(|_| self.gpu.room("pooled", entries, Precision::F32));
        for (fine, pooled) in [key, value].into_iter().zip(&pooled) {
            let work = (THREADS * 8) as f64;
            self.push_before(Before::Pool, Precision::F32, numbers, &[fine, pooled, &blocks], work)?;
        }
        let kernel = Portable {
            key: Precision::F32,
            value: Precision::F32,
            lengths: true,
            ..kernel
        };
        let hook = self.hook(|_| 1.0);
        let [key, value] = &pooled;
        self.attend_to(
            kernel,
            coarse as usize,
            [query, key, value, &hook, output],
            &[(7, &lengths)],
        )
    }

    fn rpc(
        &mut self,
        rpc: Rpc,
        origin: &wgpu::Buffer,
        value: &wgpu::Buffer,
        output: &wgpu::Buffer,
    ) -> Result<(), Error> {
        let query = rpc
            .asymmetric
            .then(|| self.upload("query", &self.problem.tensors().query, self.shape.queries()));
        let width = rpc.width(self.shape);
        let entries = self.heads.len() * self.shape.keys() * self.shape.dim();
        let room = |name| self.gpu.room(name, entries, Precision::F32);
        // Keys are read and their successors written, so there are two of them where there are successors.
        let keys = [
            room("attended"),
            if rpc.iterations > 1 {
                room("next")
            } else {
                self.gpu.buffer("none", 4)
            },
        ];
        let dual = room("dual");
        let threshold = self.gpu.room("threshold", self.heads.len(), Precision::F32);
        let numbers = [rpc.lambda as f32, width as f32, 0.0, 0.0];
        self.before(Before::Clip(rpc.form), numbers, &[origin, &keys[0], &threshold, &dual])?;
        let hook = self.hook(|_| 1.0);
        let mut kernel = self.kernel();
        kernel.key = Precision::F32;
        if !rpc.asymmetric {
            kernel.query = Precision::F32;
        }
        let held = Held {
            form: rpc.form,
            precision: self.precision,
            tokens: self.shape.keys(),
            asymmetric: rpc.asymmetric,
        };
        if rpc.iterations > 1 && held.fits(kernel.dim, kernel.workgroup_bytes) {
            kernel.end = End::All(held);
            let mut bound = vec![(2, &keys[0]), (3, value), (4, &hook), (5, output)];
            bound.extend(query.as_ref().map(|query| (1, query)));
            bound.extend([(6, origin), (7, &dual), (8, &threshold)]);
            return self.push_attention(kernel, self.shape.keys(), 1, rpc.iterations, &bound);
        }
        for iteration in 0..rpc.iterations {
            let [now, next] = [&keys[iteration % 2], &keys[(iteration + 1) % 2]];
            let asks = query.as_ref().unwrap_or(now);
            if iteration + 1 == rpc.iterations {
                self.attend(kernel, [asks, now, value, &hook, output], &[])?;
            } else {
                let kernel = Portable {
                    end: End::Next(rpc.form, self.precision),
                    ..kernel
                };
                let state = [(6, origin), (7, &dual), (8, &threshold)];
                self.attend(kernel, [asks, now, value, &hook, next], &state)?;
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        pipeline: wgpu::ComputePipeline,
        uniform: wgpu::Buffer,
        range_at: u64,
        buffers: &[(u32, &wgpu::Buffer)],
        groups: usize,
        work: f64,
    ) {
        let mut entries = vec![wgpu::BindGroupEntry {
            binding: 0,
            resource: uniform.as_entire_binding(),
        }];
        entries.extend(buffers.iter().map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding: *binding,
            resource: buffer.as_entire_binding(),
        }));
        let bind = self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        self.stages.push(Stage {
            pipeline,
            bind,
            uniform,
            range_at,
            groups,
            work,
        });
    }
}
