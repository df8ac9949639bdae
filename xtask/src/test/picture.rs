//! Screenshots: is there a picture on them?

use std::{collections::BTreeSet, fs::File, io::BufReader, path::Path};

use anyhow::{Context as _, Result, ensure};

/// Fewer colours than this are an empty window, not the lab.
const COLOURS: usize = 16;

/// Fails unless `file` is a PNG of a window's size with more than a few colours.
pub(super) fn require(file: &Path) -> Result<()> {
    let data = File::open(file).with_context(|| format!("there is no picture {}", file.display()))?;
    let mut decoder = png::Decoder::new(BufReader::new(data));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder
        .read_info()
        .with_context(|| format!("{} is no PNG", file.display()))?;
    let mut pixels = vec![0; reader.output_buffer_size().context("the picture is too large")?];
    let info = reader
        .next_frame(&mut pixels)
        .with_context(|| format!("{} is broken off", file.display()))?;
    ensure!(
        info.width >= 320 && info.height >= 240,
        "{} is only {} × {} pixels",
        file.display(),
        info.width,
        info.height
    );
    let colours: BTreeSet<&[u8]> = pixels.chunks_exact(info.color_type.samples()).collect();
    ensure!(
        colours.len() >= COLOURS,
        "{} shows nothing: {} colours",
        file.display(),
        colours.len()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, colours: u32) -> Result<(tempfile::TempDir, std::path::PathBuf)> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("a.png");
        let mut encoder = png::Encoder::new(File::create(&file)?, width, 300);
        encoder.set_color(png::ColorType::Rgb);
        let pixels: Vec<u8> = (0..width * 300).flat_map(|i| [(i % colours) as u8, 0, 0]).collect();
        encoder.write_header()?.write_image_data(&pixels)?;
        Ok((folder, file))
    }

    #[test]
    fn an_empty_window_is_seen() -> Result<()> {
        let (_folder, file) = picture(400, 200)?;
        require(&file)?;
        for (width, colours, words) in [
            (400, 1, "shows nothing: 1 colours"),
            (400, 15, "15 colours"),
            (200, 200, "only 200 × 300"),
        ] {
            let (_folder, file) = picture(width, colours)?;
            let message = require(&file).expect_err(words).to_string();
            assert!(message.contains(words), "{message}");
        }
        std::fs::write(&file, "no picture")?;
        assert!(require(&file).is_err() && require(Path::new("none.png")).is_err());
        Ok(())
    }
}
