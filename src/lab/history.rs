//! Undo and redo: snapshots of what was edited.
//!
//! A snapshot holds the tokens, the ghost, the choices of the lenses and the seed of the next stroke. Lens, theme, camera and the other settings of the
//! brush are how one looks and works, not what was done: they are no entries, and an undo leaves them as they are.

use std::collections::VecDeque;

use super::{AxisFrame, Brush, Camera, Choices, EditError, Lab, LensId, Scene, Theme};

/// Most edits that can be taken back; beyond, the oldest is forgotten.
pub const MAX_ENTRIES: usize = 512;

/// The part of a lab that undo restores.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edits {
    scene: Scene,
    ghost: Option<Box<Scene>>,
    seed: u32,
    choices: Choices,
}

impl Edits {
    fn of(lab: &Lab) -> Self {
        Self {
            scene: lab.scene.clone(),
            ghost: lab.ghost.clone(),
            seed: lab.brush.seed,
            choices: lab.choices,
        }
    }

    fn restore(self, lab: &mut Lab) {
        let Self {
            scene,
            ghost,
            seed,
            choices,
        } = self;
        lab.scene = scene;
        lab.ghost = ghost;
        lab.brush.seed = seed;
        lab.choices = choices;
    }

    /// `Edits::of(lab) == *self`, without the copy.
    fn are_those_of(&self, lab: &Lab) -> bool {
        self.scene == lab.scene && self.ghost == lab.ghost && self.seed == lab.brush.seed && self.choices == lab.choices
    }
}

/// An edit and what lies on its other side: before it in the past, after it in the future.
#[derive(Clone, Debug)]
struct Entry {
    label: String,
    edits: Edits,
}

/// What [`History::adopt`] made of a lab that came from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adopted {
    /// The same tokens; only the view was taken over.
    View,
    /// It was the state before the last edit: an undo.
    Undone,
    /// It was the state after the edit that was last undone: a redo.
    Redone,
    /// A new entry.
    Opened,
}

/// The present lab with the edits that led to it.
#[derive(Clone, Debug, Default)]
pub struct History {
    lab: Lab,
    past: VecDeque<Entry>,
    future: Vec<Entry>,
    /// A running gesture: its label and the state it began from.
    gesture: Option<Entry>,
}

impl History {
    /// A history that begins with this lab.
    pub fn new(lab: Lab) -> Self {
        Self { lab, ..Self::default() }
    }

    /// The present lab.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Does one edit as one entry, named as in "Move key 3". A running gesture is committed first.
    ///
    /// When the edit fails the lab is as it was; when it changes no token there is no entry.
    pub fn edit<T>(
        &mut self,
        label: impl Into<String>,
        edit: impl FnOnce(&mut Lab) -> Result<T, EditError>,
    ) -> Result<T, EditError> {
        self.begin(label);
        let result = self.update(edit);
        self.commit();
        result
    }

    /// Begins a gesture, which is one entry however often it is updated. A running gesture is committed first.
    pub fn begin(&mut self, label: impl Into<String>) {
        self.commit();
        self.gesture = Some(Entry {
            label: label.into(),
            edits: Edits::of(&self.lab),
        });
    }

    /// Sets the state of the running gesture: the lab as it was at [`History::begin`], edited.
    ///
    /// A gesture is a function of the state it began from, so its result does not depend on how often it was updated on
    /// the way. Outside a gesture this is an edit on its own. When the edit fails the lab is as it was before this call.
    pub fn update<T>(&mut self, edit: impl FnOnce(&mut Lab) -> Result<T, EditError>) -> Result<T, EditError> {
        let Some(gesture) = &self.gesture else {
            return self.edit("Edit", edit);
        };
        let mut next = self.lab.clone();
        gesture.edits.clone().restore(&mut next);
        let result = edit(&mut next)?;
        self.lab = next;
        Ok(result)
    }

    /// Ends the running gesture. True when it changed something, which is then one entry.
    pub fn commit(&mut self) -> bool {
        let Some(gesture) = self.gesture.take() else {
            return false;
        };
        if gesture.edits.are_those_of(&self.lab) {
            return false;
        }
        self.push(gesture);
        true
    }

    /// Drops the running gesture: the tokens are where they were at [`History::begin`]. True when that changed something.
    pub fn cancel(&mut self) -> bool {
        let Some(gesture) = self.gesture.take() else {
            return false;
        };
        let changed = !gesture.edits.are_those_of(&self.lab);
        gesture.edits.restore(&mut self.lab);
        changed
    }

    /// Whether a gesture is running.
    pub fn in_gesture(&self) -> bool {
        self.gesture.is_some()
    }

    /// Takes the last edit back, or drops a running gesture that has changed something. The label of what was undone.
    pub fn undo(&mut self) -> Option<String> {
        if let Some(label) = self.gesture.as_ref().map(|gesture| gesture.label.clone())
            && self.cancel()
        {
            return Some(label);
        }
        let Entry { label, edits } = self.past.pop_back()?;
        self.future.push(Entry {
            label: label.clone(),
            edits: Edits::of(&self.lab),
        });
        edits.restore(&mut self.lab);
        Some(label)
    }

    /// Does the edit again that was last undone; not while a gesture runs that has changed something. Its label.
    pub fn redo(&mut self) -> Option<String> {
        // A gesture that changed something becomes an entry here, and with it the future ends.
        self.commit();
        let Entry { label, edits } = self.future.pop()?;
        self.past.push_back(Entry {
            label: label.clone(),
            edits: Edits::of(&self.lab),
        });
        edits.restore(&mut self.lab);
        Some(label)
    }

    /// Label of the edit that [`History::undo`] takes back.
    pub fn undo_label(&self) -> Option<&str> {
        let running = self.gesture.as_ref();
        let running = running.filter(|gesture| !gesture.edits.are_those_of(&self.lab));
        let entry = running.or_else(|| self.past.back());
        entry.map(|entry| entry.label.as_str())
    }

    /// Label of the edit that [`History::redo`] does again.
    pub fn redo_label(&self) -> Option<&str> {
        self.future.last().map(|entry| entry.label.as_str())
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        self.undo_label().is_some()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Takes over a lab that came as a link: by the browser's Back or Forward, from a person or from a host page.
    ///
    /// The state on the other side of the last edit, or of the edit last undone, is an undo or a redo, so that Back is
    /// undo; anything else is an entry with this label. A running gesture is dropped.
    pub fn adopt(&mut self, lab: Lab, label: impl Into<String>) -> Adopted {
        self.cancel();
        let is_that = |entry: Option<&Entry>| entry.is_some_and(|it| it.edits.are_those_of(&lab));
        if Edits::of(&self.lab).are_those_of(&lab) {
            self.lab = lab;
            Adopted::View
        } else if is_that(self.past.back()) {
            self.undo();
            Adopted::Undone
        } else if is_that(self.future.last()) {
            self.redo();
            Adopted::Redone
        } else {
            let edits = Edits::of(&self.lab);
            self.lab = lab;
            self.push(Entry {
                label: label.into(),
                edits,
            });
            Adopted::Opened
        }
    }

    /// Changes the lens; no entry.
    pub fn set_lens(&mut self, lens: LensId) {
        self.lab.lens = lens;
    }

    /// Changes the theme; no entry.
    pub fn set_theme(&mut self, theme: Option<Theme>) {
        self.lab.theme = theme;
    }

    /// Changes the view; no entry.
    pub fn set_camera(&mut self, camera: Camera) {
        self.lab.camera = camera;
    }

    /// Changes order and signs of the kernel PCA axes; no entry: it keeps continuous what an edit, which is one, has moved.
    pub fn set_axis_frame(&mut self, frame: AxisFrame) {
        self.lab.choices.kernel_pca.frame = frame;
    }

    /// Changes the settings of the brush; no entry. The seed stays, because it counts the strokes that were done.
    pub fn set_brush(&mut self, brush: Brush) {
        self.lab.brush = Brush {
            seed: self.lab.brush.seed,
            ..brush
        };
    }

    fn push(&mut self, entry: Entry) {
        self.future.clear();
        self.past.push_back(entry);
        if self.past.len() > MAX_ENTRIES {
            self.past.pop_front();
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
