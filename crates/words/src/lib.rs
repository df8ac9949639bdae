//! What is read beside the picture, as a person writes it and as the page shows it: explanations in Markdown, lessons in TOML.
//! Formulae are TeX and become `MathML`; numbers are slots that the lab fills.

#[cfg(feature = "text")]
pub mod explain;
pub mod lesson;
