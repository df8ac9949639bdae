//! Golden values; `golden/README.md` says what made them.

use crate::common::{agree, apart, head, matrix_of as matrix, numbers_of as numbers, scoring};
use eigenlens_core::{BnForm, BnOptions, Head, KeyBias, Metric, Scoring, attend, bn_scoring, bridge_residual};
use nalgebra::DVector;
use serde_json::Value;

fn cases(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).expect("JSON");
    file["cases"].as_array().expect("cases").clone()
}

fn name(case: &Value) -> &str {
    case["name"].as_str().expect("a name")
}

fn head_of(case: &Value) -> Head {
    let keys = matrix(&case["keys"]);
    let values = if case["values"].is_null() {
        keys.clone()
    } else {
        matrix(&case["values"])
    };
    head(matrix(&case["queries"]), keys, values)
}

/// Compares what the case holds of weights, outputs and log normalisers, and counts the
/// comparisons.
fn compare(case: &Value, head: &Head, scoring: &Scoring) -> usize {
    let ours = attend(head, scoring).expect("attention");
    let mut compared = 0;
    for (what, ours) in [("weights", &ours.weights), ("output", &ours.output)] {
        if !case[what].is_null() {
            agree(&format!("{}, {what}", name(case)), ours, &matrix(&case[what]));
            compared += 1;
        }
    }
    if !case["log_normaliser"].is_null() {
        agree(
            &format!("{}, log normaliser", name(case)),
            &ours.log_normaliser,
            &numbers(&case["log_normaliser"]),
        );
        compared += 1;
    }
    compared
}

#[test]
fn members_of_the_family_agree_with_numpy() {
    let mut compared = 0;
    for case in cases(include_str!("../golden/attention.json")) {
        let head = head_of(&case);
        let temperature = case["temperature"].as_f64().expect("a temperature");
        let number = |name: &str| case[name].as_f64().expect("a number");
        let normalised = |form, beta, epsilon| {
            let options = BnOptions { form, beta, epsilon };
            bn_scoring(head.keys(), &options, temperature).expect("a scoring")
        };
        let member = match case["form"].as_str().expect("a form") {
            "softmax" => scoring(Metric::Identity, temperature, KeyBias::Zero),
            "smoother" => scoring(Metric::Identity, temperature, KeyBias::Distance),
            "elliptical" => {
                let metric = Metric::Diagonal(DVector::from_vec(numbers(&case["metric"])));
                scoring(metric, temperature, KeyBias::Zero)
            }
            "batch-normalised, full" => normalised(BnForm::Full, 1.0, number("epsilon")),
            "batch-normalised, shift" => normalised(BnForm::Recentred, number("beta"), 1e-5),
            other => panic!("unknown form {other}"),
        };
        compared += compare(&case, &head, &member);
    }
    assert_eq!(compared, 9, "golden values were not all compared");
}

fn scoring_of(case: &Value) -> Scoring {
    let metric = match case["metric"]["kind"].as_str().expect("a kind of metric") {
        "identity" => Metric::Identity,
        "diagonal" => Metric::Diagonal(DVector::from_vec(numbers(&case["metric"]["entries"]))),
        "full" => Metric::Full(matrix(&case["metric"]["entries"])),
        other => panic!("unknown metric {other}"),
    };
    let bias = match case["bias"]["kind"].as_str().expect("a kind of bias") {
        "zero" => KeyBias::Zero,
        "distance" => KeyBias::Distance,
        "given" => KeyBias::Given(DVector::from_vec(numbers(&case["bias"]["entries"]))),
        other => panic!("unknown bias {other}"),
    };
    scoring(metric, case["temperature"].as_f64().expect("a temperature"), bias)
}

#[test]
fn keys_of_length_1000_agree_with_a_hundred_digits() {
    let mut compared = 0;
    for case in cases(include_str!("../golden/oracle.json")) {
        let (head, scoring) = (head_of(&case), scoring_of(&case));
        compared += compare(&case, &head, &scoring);
        // The digits lost by plain arithmetic begin about where the rule for golden values ends, so
        // be stricter here.
        let weights = attend(&head, &scoring).expect("attention").weights;
        let difference = apart(&weights, &matrix(&case["weights"]));
        assert!(difference <= 1e-13, "{}: weights differ by {difference:e}", name(&case));
    }
    assert_eq!(compared, 3 * 39, "golden values were not all compared");
}

/// The oracle has teeth: plain `f64`, the formula typed in, misses it.
#[test]
fn plain_arithmetic_misses_the_oracle() {
    let mut missed = 0;
    for case in cases(include_str!("../golden/oracle.json")) {
        let hard = ["cancelling terms", "small temperature", "large bias"];
        if !hard.iter().any(|hard| name(&case).starts_with(hard)) {
            continue;
        }
        let (head, scoring) = (head_of(&case), scoring_of(&case));
        let mut weights = head.queries() * head.keys().transpose() / scoring.temperature();
        for mut row in weights.row_iter_mut() {
            if let KeyBias::Given(bias) = scoring.bias() {
                row += bias.transpose();
            }
            let greatest = row.max();
            row.apply(|logit| *logit = (*logit - greatest).exp());
            let total = row.sum();
            row /= total;
        }
        let difference = apart(&weights, &matrix(&case["weights"]));
        assert!(
            difference > 1e-11,
            "{}: plain arithmetic is off by {difference:e} only",
            name(&case)
        );
        missed += 1;
    }
    assert_eq!(missed, 9, "three kinds in 2, 3 and 32 dimensions");
}

#[test]
fn the_bridge_holds_for_keys_of_length_1000() {
    for case in cases(include_str!("../golden/oracle.json")) {
        if name(&case).starts_with("near ties, distance") {
            let scoring = scoring_of(&case);
            let residual = bridge_residual(&head_of(&case), scoring.metric(), scoring.temperature()).expect("a bridge");
            assert!(residual <= 1e-13, "{}: {residual:e}", name(&case));
        }
    }
}
