//! The kernels of a mechanism, in order, with the buffers that they read and write.

use std::f64::consts::LOG2_E;
use std::ops::Range;

use eigenlens_core::{BnForm, ClassToken};

use crate::device::Gpu;
use crate::error::Error;
use crate::shape::{Precision, Shape};
use crate::task::{Mechanism, Metric, Problem, coarse_tokens};
use crate::wgsl::before::{Before, Numbers, THREADS};
use crate::wgsl::matrix::Split;

use super::Part;
use super::kernels::{Kernels, Made, Wanted};

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
    lambda: f32,
    width: f32,
}

/// What one dispatch of attention goes over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// Keys of a head, in memory.
    pub(super) keys: usize,
    /// Rounds of all rows.
    pub(super) rounds: usize,
    /// λ and the width of μ, for kernels that find the threshold themselves.
    pub(super) clip: [f32; 2],
}

/// Makes the buffers and stages of some heads.
pub(super) fn part(gpu: &Gpu, problem: &Problem, kernels: Kernels, heads: Range<usize>) -> Result<Part, Error> {
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
        kernels,
        heads: heads.clone(),
        stages: Vec::new(),
    };
    maker.mechanism(&output)?;
    let stages = maker.stages;
    Ok(Part { heads, stages, output })
}

pub(super) struct Maker<'a> {
    pub(super) gpu: &'a Gpu,
    pub(super) problem: &'a Problem,
    pub(super) shape: Shape,
    pub(super) precision: Precision,
    pub(super) kernels: Kernels,
    pub(super) heads: Range<usize>,
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
        let mut wanted = Wanted {
            causal: task.causal,
            ..Wanted::default()
        };
        match &task.mechanism {
            Mechanism::Softmax | Mechanism::Rpc(_) => {
                let hook = self.hook(|_| 1.0);
                self.attend(wanted, [&query, &key, &value, &hook, output], &[])
            }
            Mechanism::Smoother => {
                let hook = self.hook(|_| 1.0);
                let bias = self.bias();
                self.before(Before::Bias, [self.scale() as f32 / 2.0, 0.0, 0.0, 0.0], &[&key, &bias])?;
                wanted.bias = true;
                self.attend(wanted, [&query, &key, &value, &hook, output], &[(6, &bias)])
            }
            Mechanism::Elliptical(Metric::Given(metric)) => {
                let heads = self.shape.heads() * self.shape.dim();
                let hook = self.hook(|at| f64::from(metric.get(at % heads).copied().unwrap_or_default()));
                wanted.split = Split::Queries;
                self.attend(wanted, [&query, &key, &value, &hook, output], &[])
            }
            Mechanism::Elliptical(Metric::Estimated { delta, scaling }) => {
                let hook = self.hook(|_| 1.0);
                let previous = self.upload("previous", &tensors.previous, self.shape.keys());
                let numbers = [self.scale() as f32, *delta as f32, 0.0, 0.0];
                self.before(Before::Metric(*scaling), numbers, &[&value, &hook, &previous])?;
                wanted.split = Split::Queries;
                self.attend(wanted, [&query, &key, &value, &hook, output], &[])
            }
            Mechanism::Bn(options) => {
                let hook = self.hook(|_| 1.0);
                let numbers = [self.scale() as f32, options.beta as f32, options.epsilon as f32, 0.0];
                self.before(Before::Statistics(options.form), numbers, &[&key, &hook])?;
                if options.form == BnForm::Recentred && self.kernels != Kernels::Portable {
                    let bias = self.bias();
                    self.before(Before::Shift, [0.0; 4], &[&key, &hook, &bias])?;
                    wanted.bias = true;
                    return self.attend(wanted, [&query, &key, &value, &hook, output], &[(6, &bias)]);
                }
                wanted.split = Split::Queries;
                self.attend(wanted, [&query, &key, &value, &hook, output], &[])
            }
            Mechanism::Sh(_) => self.scaled_heads(wanted, [&query, &key, &value, output]),
        }
    }

    /// `log₂e/τ`.
    pub(super) fn scale(&self) -> f64 {
        LOG2_E / self.problem.task().temperature()
    }

    /// The heads of this part of a tensor.
    pub(super) fn upload(&self, name: &'static str, tensor: &[f32], tokens: usize) -> wgpu::Buffer {
        let of_head = tokens * self.shape.dim();
        let some = tensor.get(self.heads.start * of_head..self.heads.end * of_head);
        let tail = self.kernels.tail() * self.shape.dim();
        self.gpu
            .upload_with_tail(name, some.unwrap_or_default(), tail, self.precision)
    }

    /// Room for two parts of a bias of every key.
    fn bias(&self) -> wgpu::Buffer {
        let keys = self.heads.len() * self.shape.keys() + self.kernels.tail();
        self.gpu.room("bias", 2 * keys, Precision::F32)
    }

    /// Room for so many tokens of every head, which the mechanism makes.
    pub(super) fn room(&self, name: &'static str, tokens: usize, precision: Precision) -> wgpu::Buffer {
        let rows = self.heads.len() * tokens + self.kernels.tail();
        self.gpu.room(name, rows * self.shape.dim(), precision)
    }

    /// `a = 0` and `w = weight·log₂e/τ`, the weight being that of an entry of `[B·H, D]`.
    pub(super) fn hook(&self, weight: impl Fn(usize) -> f64) -> wgpu::Buffer {
        let (dim, scale) = (self.shape.dim(), self.scale());
        let mut hook = Vec::with_capacity(self.heads.len() * 2 * dim);
        for head in self.heads.clone() {
            hook.extend(std::iter::repeat_n(0.0, dim));
            hook.extend((0..dim).map(|column| (weight(head * dim + column) * scale) as f32));
        }
        self.gpu.upload("hook", &hook, Precision::F32)
    }

    /// A kernel that goes before attention, one workgroup for each head; `buffers` are bound from 1 on.
    pub(super) fn before(&mut self, before: Before, values: [f32; 4], buffers: &[&wgpu::Buffer]) -> Result<(), Error> {
        let numbers = Numbers {
            keys: self.shape.keys() as u32,
            total: self.heads.len() as u32,
            first: 0,
            coarse: 0,
            values,
        };
        let work = 4.0 * (self.shape.keys() * self.shape.dim()) as f64;
        self.push_before(before, numbers, buffers, work)
    }

    fn push_before(
        &mut self,
        before: Before,
        numbers: Numbers,
        buffers: &[&wgpu::Buffer],
        work: f64,
    ) -> Result<(), Error> {
        let wgsl = before.wgsl(self.shape.dim(), self.precision, self.kernels.made());
        let pipeline = self.gpu.pipeline("before attention", wgsl)?;
        let uniform = self.gpu.uniform("numbers", bytemuck::bytes_of(&numbers));
        let bound: Vec<_> = (1..).zip(buffers.iter().copied()).collect();
        self.push(pipeline, uniform, 4, &bound, numbers.total as usize, work);
        Ok(())
    }

    /// Attention of all rows; `tensors` are query, key, value, hook and output.
    pub(super) fn attend(
        &mut self,
        wanted: Wanted,
        tensors: [&wgpu::Buffer; 5],
        more: &[(u32, &wgpu::Buffer)],
    ) -> Result<(), Error> {
        self.attend_to(wanted, self.shape.keys(), tensors, more)
    }

    /// Attention to so many keys.
    fn attend_to(
        &mut self,
        wanted: Wanted,
        keys: usize,
        tensors: [&wgpu::Buffer; 5],
        more: &[(u32, &wgpu::Buffer)],
    ) -> Result<(), Error> {
        let mut bound: Vec<_> = (1..).zip(tensors).collect();
        bound.extend_from_slice(more);
        let extent = Extent {
            keys,
            rounds: 1,
            clip: [0.0; 2],
        };
        self.push_attention(wanted, extent, &bound)
    }

    /// A dispatch of attention.
    pub(super) fn push_attention(
        &mut self,
        wanted: Wanted,
        extent: Extent,
        bound: &[(u32, &wgpu::Buffer)],
    ) -> Result<(), Error> {
        let (wgsl, rows) = self.kernels.attention(wanted, self);
        let pipeline = self.gpu.pipeline("attention", wgsl)?;
        let blocks = self.shape.queries().div_ceil(rows);
        let groups = self.heads.len() * blocks;
        let Extent { keys, rounds, clip } = extent;
        let sizes = Sizes {
            queries: self.shape.queries() as u32,
            keys: keys as u32,
            blocks: blocks as u32,
            total: groups as u32,
            first: 0,
            rounds: rounds as u32,
            zero: 0,
            lambda: clip[0],
            width: clip[1],
        };
        let uniform = self.gpu.uniform("sizes", bytemuck::bytes_of(&sizes));
        let rows = rounds * self.shape.queries().div_ceil(blocks);
        let work = 4.0 * (rows * keys * self.shape.dim()) as f64;
        self.push(pipeline, uniform, 12, bound, groups, work);
        Ok(())
    }

    fn scaled_heads(&mut self, wanted: Wanted, tensors: [&wgpu::Buffer; 4]) -> Result<(), Error> {
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
        let vectors = self.heads.len() * coarse as usize * dim / 4;
        let numbers = Numbers {
            keys: n as u32,
            total: vectors.div_ceil(THREADS) as u32,
            first: 0,
            coarse,
            values: [0.0; 4],
        };
        // Matrix units get a mean of keys as two numbers; values count by their weights, which are no better.
        let halves = [if self.kernels == Kernels::Portable { 1 } else { 2 }, 1];
        let made = self.kernels.made();
        let pooled = halves.map(|halves| self.room("pooled", halves * coarse as usize, made));
        for ((fine, pooled), halves) in [key, value].into_iter().zip(&pooled).zip(halves) {
            let (work, split) = ((THREADS * 8) as f64, halves == 2);
            self.push_before(Before::Pool { split }, numbers, &[fine, pooled, &blocks], work)?;
        }
        let wanted = Wanted {
            lengths: true,
            split: Split::Keys,
            made: Made {
                key: true,
                value: true,
                ..Made::default()
            },
            ..wanted
        };
        let hook = self.hook(|_| 1.0);
        let [key, value] = &pooled;
        self.attend_to(
            wanted,
            coarse as usize,
            [query, key, value, &hook, output],
            &[(7, &lengths)],
        )
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
