//! Attention-SH.

use crate::common::{apart, heads, matrix, refuses};
use eigenlens_core::{ClassToken, Mechanism, Pooling, Remainder, attend, attention_cost, key_statistics, mean_share};
use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::prelude::*;

fn pooling(factor: usize, remainder: Remainder, class_token: ClassToken) -> Pooling {
    Pooling {
        factor,
        remainder,
        class_token,
    }
}

/// A number of tokens, and a way to average them.
fn poolings() -> impl Strategy<Value = (usize, Pooling)> {
    (1..40_usize).prop_flat_map(|n| {
        let choices = (
            1..=n,
            prop::sample::select(Remainder::ALL.to_vec()),
            prop::sample::select(ClassToken::ALL.to_vec()),
        );
        (
            Just(n),
            choices.prop_map(|(factor, remainder, class_token)| pooling(factor, remainder, class_token)),
        )
    })
}

#[test]
fn the_blocks_of_ten_tokens() {
    let blocks = |remainder, class_token| pooling(4, remainder, class_token).blocks(10).expect("blocks");
    assert_eq!(blocks(Remainder::Short, ClassToken::Pooled), [0..4, 4..8, 8..10]);
    assert_eq!(blocks(Remainder::Drop, ClassToken::Pooled), [0..4, 4..8]);
    assert_eq!(blocks(Remainder::Short, ClassToken::Apart), [0..1, 1..5, 5..9, 9..10]);
    assert_eq!(blocks(Remainder::Drop, ClassToken::Apart), [0..1, 1..5, 5..9]);
    // Every token in one block; with the class token apart the block is not full.
    let all = |remainder, class_token| pooling(3, remainder, class_token).blocks(3).expect("blocks");
    assert_eq!(all(Remainder::Drop, ClassToken::Pooled), [0..3; 1]);
    assert_eq!(all(Remainder::Short, ClassToken::Apart), [0..1, 1..3]);
    assert_eq!(all(Remainder::Drop, ClassToken::Apart), [0..1; 1]);
    assert_eq!(
        pooling(1, Remainder::Drop, ClassToken::Apart).blocks(1),
        Ok([0..1; 1].to_vec())
    );
}

proptest! {
    #[test]
    fn blocks_follow_one_another((n, pooling) in poolings()) {
        let blocks = pooling.blocks(n).expect("blocks");
        prop_assert!(!blocks.is_empty());
        let mut next = 0;
        for (at, block) in blocks.iter().enumerate() {
            prop_assert_eq!(block.start, next);
            next = block.end;
            let class_token = at == 0 && pooling.class_token == ClassToken::Apart;
            let last = at + 1 == blocks.len() && pooling.remainder == Remainder::Short;
            let length = if class_token { 1 } else { pooling.factor };
            prop_assert!(block.len() == length || (last && (1..length).contains(&block.len())), "{block:?}");
        }
        match pooling.remainder {
            Remainder::Short => prop_assert_eq!(next, n),
            Remainder::Drop => prop_assert!(n - next < pooling.factor),
        }
    }

    #[test]
    fn coarse_tokens_are_means_of_fine_ones((n, pooling) in poolings(), rows in matrix(40, 2, 3.0)) {
        let rows = rows.rows(0, n).into_owned();
        let blocks = pooling.blocks(n).expect("blocks");
        let pooled = pooling.pool(&rows).expect("means");
        prop_assert_eq!(pooled.shape(), (blocks.len(), 2));
        for (coarse, block) in pooled.row_iter().zip(blocks) {
            let block = rows.rows_range(block);
            prop_assert!((coarse - block.row_mean()).amax() <= 1e-15 * 3.0);
            for (mean, column) in coarse.iter().zip(block.column_iter()) {
                prop_assert!((column.min()..=column.max()).contains(mean));
            }
        }
    }

    /// The paper averages the tokens before the projection.
    #[test]
    fn pooling_commutes_with_an_affine_map((n, pooling) in poolings(), rows in matrix(40, 3, 3.0), by in matrix(3, 2, 2.0), shift in matrix(1, 2, 2.0)) {
        let rows = rows.rows(0, n).into_owned();
        let projected = |rows: &DMatrix<f64>| {
            let mut projected = rows * &by;
            for mut row in projected.row_iter_mut() {
                row += &shift;
            }
            projected
        };
        let (before, after) = (pooling.pool(&projected(&rows)).expect("means"), projected(&pooling.pool(&rows).expect("means")));
        prop_assert!(apart(&before, &after) <= 2e-14);
    }

    #[test]
    fn factor_1_is_plain_attention_to_the_last_digit(head in heads(), which in 0..4_usize) {
        let pooling = pooling(1, Remainder::ALL[which / 2], ClassToken::ALL[which % 2]);
        let softmax = Mechanism::Sh.scoring(head.dim()).expect("a scoring");
        let coarse = pooling.head(&head).expect("a head");
        prop_assert_eq!(&coarse, &head);
        prop_assert_eq!(attend(&coarse, &softmax), attend(&head, &softmax));
    }

    #[test]
    fn queries_stay_and_rows_sum_to_1(head in heads(), share in 0.0..1.0, which in 0..4_usize) {
        let factor = 1 + (share * head.n_keys() as f64) as usize;
        let pooling = pooling(factor, Remainder::ALL[which / 2], ClassToken::ALL[which % 2]);
        let coarse = pooling.head(&head).expect("a head");
        prop_assert_eq!(coarse.queries(), head.queries());
        prop_assert_eq!(coarse.keys(), &pooling.pool(head.keys()).expect("means"));
        prop_assert_eq!(coarse.values(), &pooling.pool(head.values()).expect("means"));
        let weights = attend(&coarse, &Mechanism::Sh.scoring(head.dim()).expect("a scoring")).expect("attention").weights;
        prop_assert!(weights.column_sum().iter().all(|sum| (sum - 1.0).abs() <= 1e-14));
    }

    /// So Attention-BN on top of it has the same μ.
    #[test]
    fn where_the_factor_divides_the_mean_is_the_mean(factor in 1..6_usize, blocks in 1..6_usize, keys in matrix(36, 2, 3.0)) {
        let keys = keys.rows(0, factor * blocks).into_owned();
        let mean = |keys: &DMatrix<f64>| key_statistics(keys).expect("statistics").mean;
        let pooled = pooling(factor, Remainder::Drop, ClassToken::Pooled).pool(&keys).expect("means");
        prop_assert!((mean(&pooled) - mean(&keys)).amax() <= 3e-15);
    }

    #[test]
    fn sizes_do_not_matter((n, pooling) in poolings(), rows in matrix(40, 2, 3.0), power in -1000..1001_i32) {
        let rows = rows.rows(0, n).into_owned();
        let size = 2_f64.powi(power);
        prop_assert_eq!(pooling.pool(&(&rows * size)).expect("means"), pooling.pool(&rows).expect("means") * size);
    }
}

#[test]
fn a_line_keeps_its_shape_and_a_spike_does_not() {
    let line = DMatrix::from_fn(8, 1, |n, _| n as f64);
    let halves = pooling(2, Remainder::Short, ClassToken::Pooled);
    assert_eq!(halves.pool(&line), Ok(dmatrix![0.5; 2.5; 4.5; 6.5]));
    let mut spike = DMatrix::zeros(8, 1);
    spike[2] = 8.0;
    assert_eq!(halves.pool(&spike), Ok(dmatrix![0.0; 4.0; 0.0; 0.0]));
    let largest = DMatrix::from_element(3, 1, f64::MAX);
    let all = pooling(3, Remainder::Short, ClassToken::Pooled);
    assert_eq!(all.pool(&largest), Ok(dmatrix![f64::MAX]));
    assert_eq!(all.pool(&DMatrix::from_element(3, 1, 0.1)), Ok(dmatrix![0.1]));
}

/// The ratios that are read off the paper's figure of the efficiency, factors 1 and 2, F = 2d.
#[test]
fn the_cost_falls_towards_the_mean_share() {
    let ratio = |tokens: usize, width: usize, factors: &[usize]| {
        let plain = vec![1; factors.len()];
        let [ours, plain] =
            [factors, &plain].map(|factors| attention_cost(tokens, width, 2 * width, factors).expect("a cost"));
        ours / plain
    };
    for (width, expected) in [
        (64, [0.812, 0.787, 0.771, 0.761, 0.756]),
        (512, [0.900, 0.875, 0.844, 0.812, 0.787]),
    ] {
        for (tokens, expected) in [512, 1024, 2048, 4096, 8192].into_iter().zip(expected) {
            let ours = ratio(tokens, width, &[1, 2]);
            assert!((ours - expected).abs() <= 6e-4, "{tokens} {width}: {ours}");
        }
    }
    for factors in [&[1, 2][..], &[1, 1, 2, 4], &[1, 1, 2, 2, 4, 4, 8, 8], &[3]] {
        let share = mean_share(factors).expect("a share");
        let formula = DVector::from_iterator(factors.len(), factors.iter().map(|&s| 1.0 / s as f64)).mean();
        assert!((share - formula).abs() <= 1e-15);
        assert!((ratio(1 << 40, 64, factors) - share).abs() <= 1e-9);
    }
    // 2·3²·(2 + 2) + 2·2²·3 + 2·2·3·5, by hand.
    assert_eq!(attention_cost(2, 3, 5, &[1]), Ok(72.0 + 24.0 + 60.0));
    assert_eq!(attention_cost(2, 3, 0, &[2]), Ok(54.0 + 12.0));
    assert!(
        attention_cost(usize::MAX, usize::MAX, usize::MAX, &[1])
            .expect("a cost")
            .is_finite()
    );
}

#[test]
fn choices_by_name() {
    for remainder in Remainder::ALL {
        assert_eq!(remainder.to_string().parse(), Ok(remainder));
    }
    for class_token in ClassToken::ALL {
        assert_eq!(class_token.to_string().parse(), Ok(class_token));
    }
    refuses(
        "pad".parse::<Remainder>(),
        "unknown remainder \"pad\"; the choices are short and drop",
    );
    refuses(
        "cls".parse::<ClassToken>(),
        "unknown class token \"cls\"; the choices are pooled and apart",
    );
}

#[test]
fn refusals() {
    let of = |factor| pooling(factor, Remainder::Short, ClassToken::Pooled);
    let rows = dmatrix![1.0; 2.0; 3.0];
    let head = crate::common::head(rows.clone(), rows.clone(), rows.clone());
    for (factor, message) in [
        (0, "the factor is 0, but must be from 1 to 3"),
        (4, "the factor is 4, but must be from 1 to 3"),
    ] {
        refuses(of(factor).blocks(3), message);
        refuses(of(factor).pool(&rows), message);
        refuses(of(factor).head(&head), message);
        refuses(attention_cost(3, 2, 4, &[1, factor]), message);
    }
    assert!(of(usize::MAX).blocks(3).is_err());
    refuses(of(1).blocks(0), "there are no tokens; at least 1 is needed");
    refuses(
        of(1).pool(&dmatrix![1.0; f64::NAN]),
        "token 2, entry 1 is NaN; every entry must be a finite number",
    );
    refuses(
        attention_cost(0, 2, 4, &[1]),
        "the number of tokens is 0, but must be at least 1",
    );
    refuses(attention_cost(3, 0, 4, &[1]), "the width is 0, but must be at least 1");
    refuses(
        attention_cost(3, 2, 4, &[]),
        "there are no factors; at least 1 is needed",
    );
    refuses(mean_share(&[]), "there are no factors; at least 1 is needed");
    refuses(mean_share(&[1, 0]), "the factor is 0, but must be at least 1");
}
