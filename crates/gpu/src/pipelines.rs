//! Compiled kernels, each compiled once for a device.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::device::Gpu;
use crate::error::Error;

/// The kernels that were compiled, by their text.
#[derive(Debug)]
pub(crate) struct Pipelines {
    /// Whether every access is checked.
    checked: bool,
    compiled: Mutex<BTreeMap<String, wgpu::ComputePipeline>>,
}

impl Pipelines {
    pub(crate) fn new(checked: bool) -> Self {
        let compiled = Mutex::default();
        Self { checked, compiled }
    }
}

impl Gpu {
    /// The kernel of a text.
    #[expect(unsafe_code, reason = "checks of every access cost a large part of the time")]
    pub(crate) fn pipeline(&self, name: &'static str, wgsl: String) -> Result<wgpu::ComputePipeline, Error> {
        let mut pipelines = self.pipelines.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipeline) = pipelines.get(&wgsl) {
            return Ok(pipeline.clone());
        }
        #[cfg(not(target_arch = "wasm32"))]
        let text = source(&wgsl, &self.report().backend);
        #[cfg(target_arch = "wasm32")]
        let text = wgpu::ShaderSource::Wgsl(wgsl.as_str().into());
        let source = wgpu::ShaderModuleDescriptor {
            label: Some(name),
            source: text,
        };
        let checks = if self.pipelines.checked {
            wgpu::ShaderRuntimeChecks::checked()
        } else {
            wgpu::ShaderRuntimeChecks::unchecked()
        };
        // SAFETY: the kernels keep every index in its buffer and end every loop; tests run them with the checks, too.
        let module = unsafe { self.device.create_shader_module_trusted(source, checks) };
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..Default::default()
            },
            cache: None,
        });
        self.check("a kernel")?;
        pipelines.insert(wgsl, pipeline.clone());
        Ok(pipeline)
    }
}

/// What wgpu gets of a text. For Vulkan naga gives a `subgroupBarrier` the semantics of a memory that Vulkan does not know,
/// and none of workgroup memory; it is parsed here, and each is made a barrier of both.
#[cfg(not(target_arch = "wasm32"))]
fn source(wgsl: &str, backend: &str) -> wgpu::ShaderSource<'static> {
    let text = || wgpu::ShaderSource::Wgsl(wgsl.to_owned().into());
    if backend != "Vulkan" || !wgsl.contains("subgroupBarrier") {
        return text();
    }
    // What does not parse is refused by wgpu, with the reason.
    match wgpu::naga::front::wgsl::parse_str(wgsl) {
        Ok(module) => wgpu::ShaderSource::Naga(std::borrow::Cow::Owned(ordered(module))),
        Err(_) => text(),
    }
}

/// Every barrier of subgroups orders workgroup memory.
#[cfg(not(target_arch = "wasm32"))]
fn ordered(mut module: wgpu::naga::Module) -> wgpu::naga::Module {
    for point in &mut module.entry_points {
        order(&mut point.function.body);
    }
    module
}

#[cfg(not(target_arch = "wasm32"))]
fn order(block: &mut wgpu::naga::Block) {
    use wgpu::naga::{Barrier, Statement};
    for statement in block.iter_mut() {
        match statement {
            Statement::ControlBarrier(barrier) if *barrier == Barrier::SUB_GROUP => *barrier |= Barrier::WORK_GROUP,
            Statement::Block(block) => order(block),
            Statement::If { accept, reject, .. } => [accept, reject].into_iter().for_each(order),
            Statement::Loop { body, continuing, .. } => [body, continuing].into_iter().for_each(order),
            Statement::Switch { cases, .. } => cases.iter_mut().for_each(|case| order(&mut case.body)),
            _ => {}
        }
    }
}
