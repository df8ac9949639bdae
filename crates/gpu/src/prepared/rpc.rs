//! RPC-Attention, with all that it keeps.

use eigenlens_core::RpcForm;

use super::kernels::{End, Kernels, Made, Wanted};
use super::stages::{Extent, Maker};
use crate::error::Error;
use crate::shape::Precision;
use crate::task::Rpc;
use crate::wgsl::before::{Before, Kept};
use crate::wgsl::portable::Held;

impl Maker<'_> {
    pub(super) fn rpc(
        &mut self,
        rpc: Rpc,
        origin: &wgpu::Buffer,
        value: &wgpu::Buffer,
        output: &wgpu::Buffer,
    ) -> Result<(), Error> {
        let query = rpc
            .asymmetric
            .then(|| self.upload("query", &self.problem.tensors().query, self.shape.queries()));
        let hook = self.hook(|_| 1.0);
        let all = Wanted {
            made: Made {
                query: !rpc.asymmetric,
                key: true,
                value: false,
            },
            end: End::All(rpc.form, rpc.asymmetric),
            ..Wanted::default()
        };
        let extent = Extent {
            keys: self.shape.keys(),
            rounds: rpc.iterations,
            clip: [rpc.lambda as f32, rpc.width(self.shape) as f32],
        };
        let room = |name| self.room(name, self.shape.keys(), self.kernels.made());
        // Keys are read and their successors written, so there are two of them where there are successors.
        let keys = [
            room("attended"),
            if rpc.iterations > 1 {
                room("next")
            } else {
                self.gpu.buffer("none", 4)
            },
        ];
        let dual = self.room("dual", self.shape.keys(), Precision::F32);
        if matches!(self.kernels, Kernels::Matrix { whole: true, .. }) {
            let mut bound = vec![(2, &keys[0]), (3, value), (4, &hook), (5, output)];
            bound.extend(query.as_ref().map(|query| (1, query)));
            bound.extend([(6, origin), (7, &dual)]);
            return self.push_attention(all, extent, &bound);
        }
        let threshold = self.gpu.room("threshold", self.heads.len(), Precision::F32);
        let numbers = [extent.clip[0], extent.clip[1], self.scale() as f32, 0.0];
        let mut bound = vec![origin, &keys[0], &threshold, &dual];
        let kept = match self.kernels {
            Kernels::Portable => Kept::Dual,
            Kernels::Matrix { .. } => {
                bound.push(&hook);
                Kept::Sum {
                    asymmetric: rpc.asymmetric,
                }
            }
        };
        self.before(Before::Clip(rpc.form, kept), numbers, &bound)?;
        if rpc.iterations > 1 && self.portable_head_fits(rpc) {
            let mut bound = vec![(2, &keys[0]), (3, value), (4, &hook), (5, output)];
            bound.extend(query.as_ref().map(|query| (1, query)));
            bound.extend([(6, origin), (7, &dual), (8, &threshold)]);
            return self.push_attention(all, extent, &bound);
        }
        for iteration in 0..rpc.iterations {
            let [now, next] = [&keys[iteration % 2], &keys[(iteration + 1) % 2]];
            let asks = query.as_ref().unwrap_or(now);
            if iteration + 1 == rpc.iterations {
                let last = Wanted {
                    end: End::Output,
                    ..all
                };
                self.attend(last, [asks, now, value, &hook, output], &[])?;
            } else {
                let wanted = Wanted {
                    end: End::Next(rpc.form),
                    ..all
                };
                let state = [(6, origin), (7, &dual), (8, &threshold)];
                self.attend(wanted, [asks, now, value, &hook, next], &state)?;
            }
        }
        Ok(())
    }

    /// What a workgroup of the portable kernel holds of a head.
    pub(super) fn portable_head(&self, form: RpcForm, asymmetric: bool) -> Held {
        Held {
            form,
            precision: self.precision,
            tokens: self.shape.keys(),
            asymmetric,
        }
    }

    fn portable_head_fits(&self, rpc: Rpc) -> bool {
        let held = self.portable_head(rpc.form, rpc.asymmetric);
        self.kernels == Kernels::Portable && held.fits(self.shape.dim(), self.gpu.report().workgroup_bytes)
    }
}
