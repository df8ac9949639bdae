//! Kernel PCA against the golden values of numpy; `golden/README.md` says what made them.

use crate::common::{agree, apart, head, matrix_of, numbers_of};
use eigenlens_core::{Centring, Kernel, KernelPca, Mechanism, attend, projection_loss};
use nalgebra::DMatrix;
use serde_json::Value;

#[test]
fn four_keys_agree_with_numpy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/kernel_pca.json")).expect("JSON");
    let (keys, queries) = (matrix_of(&golden["K"]), matrix_of(&golden["Q"]));
    let kernel = Kernel::Exponential {
        temperature: 2_f64.sqrt(),
    };
    let pca = KernelPca::new(&keys, kernel, Centring::Centred).expect("kernel PCA");
    agree("Gram", pca.gram(), &matrix_of(&golden["Kphi"]));
    agree("centred Gram", pca.centred_gram(), &matrix_of(&golden["Kc"]));
    agree("eigenvalues", pca.eigenvalues(), &numbers_of(&golden["eig"]));
    assert_eq!(pca.rank(), 3);
    agree(
        "coefficients",
        &pca.coefficients(2).expect("two axes"),
        &matrix_of(&golden["A"]),
    );
    let values = pca.values(2).expect("two axes");
    agree("values", &values, &matrix_of(&golden["V_kpca"]));
    let g: Vec<f64> = pca
        .coefficients(1)
        .expect("an axis")
        .iter()
        .zip(values.column(0).iter())
        .map(|(a, v)| a / v)
        .collect();
    agree("normalisers", &g, &numbers_of(&golden["g"]));

    let scores: Vec<Vec<f64>> = queries
        .row_iter()
        .map(|query| {
            pca.scores(&query.iter().copied().collect::<Vec<_>>(), 2)
                .expect("scores")
        })
        .collect();
    let scores = DMatrix::from_row_iterator(4, 2, scores.concat());
    agree("scores", &scores, &matrix_of(&golden["H_kpca"]));
    let lengths: Vec<f64> = queries
        .row_iter()
        .map(|query| {
            pca.squared_length(&query.iter().copied().collect::<Vec<_>>())
                .expect("a length")
        })
        .collect();
    agree("squared lengths", &lengths, &numbers_of(&golden["phi_sq"]));
    let loss = projection_loss(&pca, &queries, &scores).expect("a loss");
    agree("loss", [&loss], [&golden["Jproj_kpca"].as_f64().expect("a number")]);

    let free = head(queries.clone(), keys, matrix_of(&golden["Vfree"]));
    let output = attend(&free, &Mechanism::Softmax.scoring(2).expect("a scoring"))
        .expect("attention")
        .output;
    agree("free outputs", &output, &matrix_of(&golden["H_softmax_Vfree"]));
    let loss = projection_loss(&pca, &queries, &output).expect("a loss");
    agree(
        "free loss",
        [&loss],
        [&golden["Jproj_Vfree"].as_f64().expect("a number")],
    );
    assert!(apart(&output, &scores) > 0.1);
}
