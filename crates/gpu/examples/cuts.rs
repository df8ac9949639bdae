//! Which cut of the matrix kernels suits a device: `cuts B,H,N,D [MECHANISM …]` prints TFLOP/s in f16 for each that fits.

use eigenlens_gpu::{Case, Cut, Error, Gpu, Inputs, OpenOptions, Precision, Prepared, Problem, Shape, Tier};

/// Runs in a sample.
const RUNS: usize = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let sizes = arguments.next().ok_or("B,H,N,D, please")?;
    let sizes: Vec<usize> = sizes.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let &[batch, heads, tokens, dim] = sizes.as_slice() else {
        return Err("four sizes, please".into());
    };
    let shape = Shape::new(batch, heads, tokens, dim)?;
    let mut names: Vec<String> = arguments.collect();
    if names.is_empty() {
        names.push("softmax".to_owned());
    }
    for name in &names {
        let inputs = Inputs {
            seed: 1,
            logit_std: 1.0,
        };
        let case = Case::standard(name.parse()?, shape, Precision::F16, inputs)?;
        let problem = Problem::new(case.task.clone(), inputs.tensors(&case.task)?, Precision::F16)?;
        println!("{name} {shape}");
        for cut in std::iter::once(None).chain(cuts().map(Some)) {
            report(&case, &problem, cut)?;
        }
    }
    Ok(())
}

fn cuts() -> impl Iterator<Item = Cut> {
    let steps = [(16, 16), (32, 16), (32, 32), (64, 16), (64, 32), (64, 64)];
    [(16, 4), (16, 8), (16, 16), (32, 4), (32, 8)]
        .into_iter()
        .flat_map(move |(rows, subgroups)| {
            steps.into_iter().map(move |(keys, step)| Cut {
                rows,
                subgroups,
                keys,
                step,
            })
        })
}

fn report(case: &Case, problem: &Problem, cut: Option<Cut>) -> Result<(), Error> {
    let gpu = Gpu::open_now(OpenOptions {
        cut,
        ..OpenOptions::default()
    })?;
    let prepared = gpu.prepare(problem)?;
    if cut.is_some() && prepared.tier() == Tier::Portable {
        let choices = gpu.choices(case.task.shape)?;
        if let Some(reason) = choices
            .first()
            .and_then(|choice| choice.reason.as_ref())
            .filter(|reason| !reason.contains("no room"))
        {
            println!("  {cut:?}: {reason}");
        }
        return Ok(());
    }
    let best = (0..4).map(|_| pollster::block_on(prepared.seconds_at_once(RUNS)));
    let best = best
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .fold(f64::INFINITY, f64::min);
    let name = cut.map_or_else(
        || "as suits".to_owned(),
        |Cut {
             rows,
             subgroups,
             keys,
             step,
         }| format!("{rows} rows × {subgroups}, {keys} keys by {step}"),
    );
    let tflops = case.task.operations() / best / 1e12;
    println!(
        "  {name:32} {:9.3} ms {tflops:7.1} TFLOP/s  {}",
        best * 1e3,
        prepared.tier()
    );
    debug_assert!(Prepared::fits_at_once(best));
    Ok(())
}
