//! The lessons that come with the program.

use super::{App, Wish};

/// A lesson that comes with the program.
pub(super) struct Shipped {
    /// Name of its file without extension.
    pub(super) name: &'static str,
    /// Its title, in the menu.
    pub(super) title: &'static str,
    /// Its file.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) text: &'static str,
}

macro_rules! shipped {
    ($(($name:literal, $title:literal)),* $(,)?) => {
        /// Every lesson, in its order.
        pub(super) const SHIPPED: &[Shipped] = &[$(Shipped {
            name: $name,
            title: $title,
            #[cfg(not(target_arch = "wasm32"))]
            text: include_str!(concat!("../../assets/lessons/", $name, ".toml")),
        }),*];
    };
}

shipped![
    ("1-kernel-smoother", "Attention is a kernel smoother"),
    ("2-kernel-pca", "The Gram matrix and kernel PCA"),
    ("3-robust-split", "One outlier, and its repair"),
    ("4-ellipses", "Ellipses instead of circles"),
    ("5-support-vectors", "Values as support vectors"),
    ("6-full-size", "From twelve tokens to thirty thousand"),
    ("7-disputed-claim", "A disputed claim"),
];

impl App {
    /// Gives a lesson that comes with the program, by its name, from a step on, from 1. False where there is none.
    pub fn give_shipped(&mut self, name: &str, step: usize) -> bool {
        let Some(shipped) = SHIPPED.iter().find(|shipped| shipped.name == name) else {
            return false;
        };
        #[cfg(not(target_arch = "wasm32"))]
        if !self.system.texts_outside {
            self.open_lesson_file(shipped.name, shipped.text.as_bytes(), step);
            return true;
        }
        self.wishes.push(Wish::Lesson {
            name: shipped.name,
            step,
        });
        true
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn every_lesson_is_in_the_menu_and_can_be_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons");
        let files = std::fs::read_dir(folder)
            .expect("lessons")
            .map(|file| file.expect("a file").path());
        let mut names: Vec<String> = files
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, SHIPPED.iter().map(|shipped| shipped.name).collect::<Vec<_>>());
        for shipped in SHIPPED {
            let lesson = eigenlens_words::lesson::read(shipped.text).expect(shipped.name);
            assert!(!lesson.title.is_empty());
        }
    }
}
