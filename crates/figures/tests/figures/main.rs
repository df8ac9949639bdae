//! Figures: the geometry of their level sets, what stands in the SVG, and what is refused.

mod bands;
mod contours;
mod drawn;
mod hostile;
mod sample;
