//! The built page in headless Chromium, used as a person uses it. `cargo xtask test` builds the site and runs these.
//!
//! `EIGENLENS_DIST` names another folder than `dist/`, `CHROMIUM` another browser than `chromium` on the PATH.

#[path = "browser/article.rs"]
mod article;
#[path = "browser/claims.rs"]
mod claims;
#[path = "browser/elliptical.rs"]
mod elliptical;
#[path = "browser/embed.rs"]
mod embed;
#[path = "browser/figures.rs"]
mod figures;
#[path = "browser/full_size.rs"]
mod full_size;
#[path = "browser/hall.rs"]
mod hall;
#[path = "browser/lab.rs"]
mod lab;
#[path = "browser/lenses.rs"]
mod lenses;
#[path = "browser/lessons.rs"]
mod lessons;
#[path = "browser/look.rs"]
mod look;
#[path = "browser/offline.rs"]
mod offline;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/reach.rs"]
mod reach;
#[path = "browser/robust.rs"]
mod robust;
#[path = "browser/site.rs"]
mod site;
#[path = "browser/texts.rs"]
mod texts;
#[path = "browser/trouble.rs"]
mod trouble;
