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
        let source = wgpu::ShaderModuleDescriptor {
            label: Some(name),
            source: wgpu::ShaderSource::Wgsl(wgsl.as_str().into()),
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
