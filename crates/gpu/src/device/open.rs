//! Finding an adapter and opening a device with the features and limits that the kernels use, and no others.

use std::sync::{Arc, Mutex};

use wgpu::{DeviceType, Features, Limits};

use super::{Gpu, Report, Told, locked, one_line, report::MatrixUnits, wake};
use crate::error::Error;
use crate::pipelines::Pipelines;
use crate::prepared::Choices;
use crate::wgsl::matrix::Cut;

/// What the kernels of the matrix units need.
const MATRICES: Features = Features::EXPERIMENTAL_COOPERATIVE_MATRIX
    .union(Features::SUBGROUP)
    .union(Features::SUBGROUP_BARRIER);

/// The most workgroup memory that a kernel asks for.
const WORKGROUP_BYTES: u32 = 48 * 1024;
/// The most threads that a workgroup of a kernel has.
pub(crate) const WORKGROUP_THREADS: u32 = 256;
/// How many buffers a kernel sees; WebGPU has as many everywhere.
const BUFFERS: u32 = 8;

/// How a device is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// Whether matrix units may be used where they are there; without, every kernel is the portable one.
    pub matrix_units: bool,
    /// Whether shaders check every access, which no kernel needs; for tests.
    pub checked: bool,
    /// How the kernels of the matrix units cut their work; `None`: as suits the shape.
    pub cut: Option<Cut>,
}

impl Default for OpenOptions {
    /// Everything, unchecked.
    fn default() -> Self {
        Self {
            matrix_units: true,
            checked: false,
            cut: None,
        }
    }
}

impl Gpu {
    /// Opens a device.
    ///
    /// # Errors
    /// [`Error::NoAdapter`], [`Error::NoDevice`], [`Error::Limit`] for an adapter that is too small for any kernel.
    pub async fn open(options: OpenOptions) -> Result<Self, Error> {
        let adapter = adapter().await?;
        let report = report(&adapter, options)?;
        let (device, queue) = device(&adapter, &report).await?;
        let told = Arc::new(Mutex::new(Told::default()));
        let lost = Arc::clone(&told);
        device.set_device_lost_callback(move |_, reason| {
            let reason = match one_line(&reason) {
                reason if reason.is_empty() => "the driver gives no reason".to_owned(),
                reason => reason,
            };
            locked(&lost).lost.get_or_insert(reason);
            wake(&lost);
        });
        let refused = Arc::clone(&told);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            locked(&refused).refused.get_or_insert_with(|| one_line(&error));
        }));
        Ok(Self {
            device,
            queue,
            report,
            told,
            pipelines: Pipelines::new(options.checked),
            choices: Choices::new(options.cut),
        })
    }

    /// [`Gpu::open`], waiting for it.
    ///
    /// # Errors
    /// As [`Gpu::open`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open_now(options: OpenOptions) -> Result<Self, Error> {
        pollster::block_on(Self::open(options))
    }
}

#[cfg(not(target_arch = "wasm32"))]
async fn adapter() -> Result<wgpu::Adapter, Error> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let instance = wgpu::Instance::new(descriptor);
    let mut adapters = instance.enumerate_adapters(descriptor_backends()).await;
    // What computes best comes first; of two of a kind, the one that the system names first.
    adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    });
    adapters.into_iter().next().ok_or_else(|| Error::NoAdapter {
        reason: "no driver for Vulkan, Metal or DX12 offers one".to_owned(),
    })
}

#[cfg(not(target_arch = "wasm32"))]
fn descriptor_backends() -> wgpu::Backends {
    wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12
}

#[cfg(target_arch = "wasm32")]
async fn adapter() -> Result<wgpu::Adapter, Error> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::BROWSER_WEBGPU;
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..Default::default()
    };
    let adapter = wgpu::Instance::new(descriptor).request_adapter(&options).await;
    adapter.map_err(|error| Error::NoAdapter {
        reason: one_line(&error),
    })
}

fn report(adapter: &wgpu::Adapter, options: OpenOptions) -> Result<Report, Error> {
    let info = adapter.get_info();
    let (features, limits) = (adapter.features(), adapter.limits());
    let name = match info.name.trim() {
        "" => "GPU".to_owned(),
        name => name.to_owned(),
    };
    for (what, has, needs) in [
        (
            "workgroup memory in bytes",
            limits.max_compute_workgroup_storage_size,
            16 * 1024,
        ),
        (
            "threads of a workgroup",
            limits.max_compute_invocations_per_workgroup,
            WORKGROUP_THREADS,
        ),
        (
            "buffers of a kernel",
            limits.max_storage_buffers_per_shader_stage,
            BUFFERS,
        ),
    ] {
        if has < needs {
            let (has, needs) = (has.into(), needs.into());
            return Err(Error::Limit {
                adapter: name,
                what,
                has,
                needs,
            });
        }
    }
    let f16 = features.contains(Features::SHADER_F16);
    let matrix_units = if options.matrix_units && f16 {
        matrix_units(adapter, &info)
    } else {
        None
    };
    Ok(Report {
        adapter: name,
        backend: match info.backend {
            wgpu::Backend::Vulkan => "Vulkan",
            wgpu::Backend::Metal => "Metal",
            wgpu::Backend::Dx12 => "DX12",
            wgpu::Backend::BrowserWebGpu => "WebGPU",
            wgpu::Backend::Gl => "OpenGL",
            wgpu::Backend::Noop => "none",
        }
        .to_owned(),
        driver: one_line(&format!("{} {}", info.driver, info.driver_info)),
        software: info.device_type == DeviceType::Cpu,
        memory: memory(adapter),
        buffer_bytes: limits.max_buffer_size,
        binding_bytes: limits.max_storage_buffer_binding_size,
        workgroup_bytes: limits.max_compute_workgroup_storage_size.min(WORKGROUP_BYTES),
        workgroup_threads: limits.max_compute_invocations_per_workgroup.min(WORKGROUP_THREADS),
        subgroup: (info.subgroup_min_size, info.subgroup_max_size),
        f16,
        timestamps: features.contains(Features::TIMESTAMP_QUERY),
        matrix_units,
    })
}

/// Matrix units of f16 with f32 sums that the adapter lists, the larger tile first, where the width of a subgroup is
/// certain and a whole number of rows of the tile.
fn matrix_units(adapter: &wgpu::Adapter, info: &wgpu::AdapterInfo) -> Option<MatrixUnits> {
    use wgpu::CooperativeScalarType::{F16, F32};
    let needs = MATRICES;
    let subgroup = info.subgroup_max_size;
    if !adapter.features().contains(needs) || info.subgroup_min_size != subgroup {
        return None;
    }
    let offered = adapter.cooperative_matrix_properties();
    let units = [16, 8].into_iter().find(|&tile| {
        offered.iter().any(|matrix| {
            [matrix.m_size, matrix.n_size, matrix.k_size] == [tile; 3] && matrix.ab_type == F16 && matrix.cr_type == F32
        })
    });
    units
        .filter(|tile| subgroup.is_multiple_of(*tile))
        .map(|tile| MatrixUnits { tile, subgroup })
}

/// What a device is asked for: whether it has 16-bit floats, time stamps, matrix units.
pub(crate) fn features(f16: bool, timestamps: bool, matrices: bool) -> Features {
    let mut features = Features::empty();
    features.set(Features::SHADER_F16, f16);
    features.set(Features::TIMESTAMP_QUERY, timestamps);
    features.set(MATRICES, matrices);
    features
}

async fn device(adapter: &wgpu::Adapter, report: &Report) -> Result<(wgpu::Device, wgpu::Queue), Error> {
    let matrices = report.matrix_units.is_some();
    let limits = Limits {
        max_storage_buffers_per_shader_stage: BUFFERS,
        max_buffer_size: report.buffer_bytes,
        max_storage_buffer_binding_size: report.binding_bytes,
        max_compute_workgroup_storage_size: report.workgroup_bytes,
        max_compute_invocations_per_workgroup: report.workgroup_threads,
        max_compute_workgroup_size_x: report.workgroup_threads,
        ..Limits::downlevel_defaults()
    };
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("eigenlens"),
        required_features: features(report.f16, report.timestamps, matrices),
        required_limits: limits.or_worse_values_from(&adapter.limits()),
        experimental_features: experimental(matrices),
        ..Default::default()
    };
    adapter
        .request_device(&descriptor)
        .await
        .map_err(|error| Error::NoDevice {
            adapter: report.adapter.clone(),
            reason: one_line(&error),
        })
}

/// Leave to use cooperative matrices, where they are used.
#[expect(
    unsafe_code,
    reason = "wgpu asks for it to be said that experimental features are used"
)]
fn experimental(matrices: bool) -> wgpu::ExperimentalFeatures {
    if !matrices {
        return wgpu::ExperimentalFeatures::disabled();
    }
    // SAFETY: the only experimental feature asked for is cooperative matrices; each kernel that uses them is compared
    // with the portable one before it is trusted.
    unsafe { wgpu::ExperimentalFeatures::enabled() }
}

/// Bytes of the adapter's own memory, which wgpu does not tell and Vulkan does.
#[cfg(not(target_arch = "wasm32"))]
#[expect(unsafe_code, reason = "wgpu gives Vulkan's own handles only so")]
fn memory(adapter: &wgpu::Adapter) -> Option<u64> {
    // SAFETY: the handle is not kept and not destroyed, and it is asked for a property only.
    let heaps = unsafe {
        let vulkan = adapter.as_hal::<wgpu::hal::vulkan::Api>()?;
        let instance = vulkan.shared_instance().raw_instance();
        instance.get_physical_device_memory_properties(vulkan.raw_physical_device())
    };
    // Bit 0: VK_MEMORY_HEAP_DEVICE_LOCAL_BIT.
    let own = heaps
        .memory_heaps_as_slice()
        .iter()
        .filter(|heap| heap.flags.as_raw() & 1 == 1);
    own.map(|heap| heap.size).max()
}

#[cfg(target_arch = "wasm32")]
fn memory(_: &wgpu::Adapter) -> Option<u64> {
    None
}
