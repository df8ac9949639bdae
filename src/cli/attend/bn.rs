//! `--mechanism bn`: Attention-BN, whose queries and keys are normalised by the statistics of the keys.

use eigenlens_core::{BnForm, BnOptions, Cloud, bn_scoring};
use eigenlens_files::{Rank, TensorFile};

use super::{Arguments, Error, attend_heads, scoring};

impl Arguments {
    /// The form and its numbers.
    pub(super) fn bn_options(&self) -> Result<BnOptions, Error> {
        let default = BnOptions::default();
        let form = self.form(&BnForm::ALL, BnForm::name, default.form)?;
        if form == BnForm::Full && self.beta.is_some() {
            return Err(Error::FullBeta);
        }
        Ok(BnOptions {
            form,
            beta: self.beta.unwrap_or(default.beta),
            epsilon: self.epsilon.unwrap_or(default.epsilon),
        })
    }
}

pub(super) fn attend(arguments: &Arguments, cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
    let options = arguments.bn_options()?;
    attend_heads(arguments, cloud.heads(), rank, |_, head| {
        let temperature = scoring(arguments, head.dim())?.temperature();
        bn_scoring(head.keys(), &options, temperature)
    })
}
