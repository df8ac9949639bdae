//! Pictures of the main screens, for a person to look at; checked only for not being empty.

use crate::{page::Chromium, site::Site};

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn screens() {
    let (site, chromium) = (Site::start(), Chromium::start());
    for (scheme, theme) in [("light", "light"), ("dark", "dark"), ("light", "projector")] {
        for (width, height) in [(1280, 720), (1920, 1080), (390, 844)] {
            let page = chromium.page();
            page.prefers(&[("prefers-color-scheme", scheme)]);
            if width < 600 {
                page.phone_of(width, height, 3);
            } else {
                page.size(width, height);
            }
            page.open_bare(site.url());
            page.until("the real head", "eigenlens.readouts().headline.includes('animal')");
            page.until("the words", "document.querySelector('#prose [data-holds=\"true\"]')");
            page.until(
                theme,
                &format!("document.documentElement.dataset.theme === '{theme}' || (eigenlens.command('theme'), false)"),
            );
            page.until("the fonts", "document.fonts.ready.then(() => document.fonts.check('18px \"STIX Two Text\"') && document.fonts.check('600 14px Inter'))");
            let picture = page.screenshot(&format!("{theme}-{width}x{height}"));

            // The board's half of the picture: of the theme's colour, and not of it alone.
            let board = image::imageops::crop_imm(&picture, 0, 0, picture.width() / 2, picture.height() / 2).to_image();
            let dark = board
                .pixels()
                .filter(|pixel| pixel.0[..3].iter().all(|c| *c < 0x40))
                .count();
            let share = dark as f64 / f64::from(board.width() * board.height());
            let expected = if theme == "dark" { 0.5..0.999 } else { 0.001..0.5 };
            assert!(
                expected.contains(&share),
                "{theme} {width}×{height}: {share:.3} of the board is dark"
            );
            page.quiet();
        }
    }
}
