//! What the page never reaches is left out of its module.
//!
//! Libraries of fonts read every kind of font, and which kind a font is, is known only when it is read; so the compiler keeps
//! all of them. The fonts of the page are known here, as are the few things that it asks of these libraries. A function of
//! [`UNREACHED`] becomes a trap, and what nobody else calls goes with it. What is said of the fonts is tested on the fonts.

use anyhow::{Context as _, Result, ensure};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module, ModuleConfig};

/// A part of a library, and why nothing comes to it.
struct Unreached {
    because: &'static str,
    /// Modules and functions by their paths; a path stands for all that begins with it.
    paths: &'static [&'static str],
}

const UNREACHED: [Unreached; 8] = [
    Unreached {
        because: "The outlines are those of TrueType.",
        paths: &[
            "read_fonts::ps",
            "skrifa::outline::cff",
            "skrifa::outline::varc::Outlines::draw",
            "skrifa::outline::varc::Outlines::draw_glyph",
            "skrifa::outline::varc::Outlines::max_component_memory_for_glyph",
        ],
    },
    Unreached {
        because: "No glyph has instructions: what hints it is the automatic hinter.",
        paths: &["skrifa::outline::glyf::hint"],
    },
    Unreached {
        because: "No font has axes along which it varies.",
        paths: &["read_fonts::tables::gvar::Gvar", "skrifa::outline::glyf::deltas"],
    },
    Unreached {
        because: "No font has tables of Apple's layout.",
        paths: &[
            "harfrust::hb::aat::layout",
            "harfrust::hb::aat::layout_kerx_table",
            "harfrust::hb::aat::map",
        ],
    },
    Unreached {
        because: "All that a font says of layout is the kerning of pairs.",
        paths: &[
            "harfrust::hb::ot::contextual",
            "harfrust::hb::ot::gpos::cursive",
            "harfrust::hb::ot::gpos::mark",
            "harfrust::hb::ot::gsub",
            "harfrust::hb::ot::lookup::chained_context2",
            "harfrust::hb::ot::lookup::chained_context2_cached",
            "harfrust::hb::ot::lookup::context2",
            "harfrust::hb::ot::lookup::context2_cached",
            "skrifa::outline::autohint::shape::GsubHandler::process_lookup",
        ],
    },
    Unreached {
        because: "egui names no language when it shapes a text.",
        paths: &["harfrust::hb::tag_table::tags_from_complex_language"],
    },
    Unreached {
        because: "egui fills a glyph: it has no strokes, filters and clips.",
        paths: &[
            "kurbo::offset",
            "kurbo::stroke",
            "vello_common::clip::ClipContext::push_clip",
            "vello_cpu::filter::drop_shadow",
            "vello_cpu::filter::gaussian_blur",
            "vello_cpu::filter::shift",
        ],
    },
    Unreached {
        because: "No picture of egui's goes to the clipboard.",
        paths: &["image::codecs::png", "png"],
    },
];

/// Instructions below which a function stays: the compiler folds equal functions into one, under the name of either, and a
/// short one may be somebody else's as well.
const SHORT: u64 = 60;

/// What decides on the result, for whoever keeps it.
pub(super) fn recipe() -> String {
    let paths = UNREACHED.iter().flat_map(|part| part.paths).copied();
    paths.chain([SHORT.to_string().as_str()]).collect::<Vec<_>>().join(" ")
}

/// The module without what is never reached.
///
/// # Errors
/// When it is no module, or has nothing of a path: then the library has changed, and the path must be looked at.
pub(super) fn leave_out(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new().parse(bytes).context("not a module")?;
    for part in &UNREACHED {
        part.leave(&mut module)?;
    }
    Ok(module.emit_wasm())
}

impl Unreached {
    fn leave(&self, module: &mut Module) -> Result<()> {
        for path in self.paths {
            let found = long_functions(module, path);
            ensure!(
                !found.is_empty(),
                "the module has no function of {path}, which stands among what it never reaches. {}",
                self.because
            );
            for function in found {
                trap(module, function);
            }
        }
        Ok(())
    }
}

/// The functions of a path that are not short.
fn long_functions(module: &Module, path: &str) -> Vec<FunctionId> {
    let symbol = symbol(path);
    let of_path = |id: FunctionId| {
        let name = module.funcs.get(id).name.as_ref();
        name.is_some_and(|name| name.starts_with(&symbol))
    };
    module
        .funcs
        .iter_local()
        .filter(|(id, function)| function.size() >= SHORT && of_path(*id))
        .map(|(id, _)| id)
        .collect()
}

/// How the compiler writes a path at the beginning of a symbol.
fn symbol(path: &str) -> String {
    let names = path.split("::").map(|name| format!("{}{name}", name.len()));
    format!("_ZN{}", names.collect::<String>())
}

/// Puts a trap in the place of what a function does.
fn trap(module: &mut Module, function: FunctionId) {
    let kind = module.types.get(module.funcs.get(function).ty());
    let (parameters, results) = (kind.params().to_vec(), kind.results().to_vec());
    let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
    builder.func_body().unreachable();
    let locals = parameters.iter().map(|kind| module.locals.add(*kind)).collect();
    module.funcs.get_mut(function).kind = FunctionKind::Local(builder.local_func(locals));
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ttf_parser::{Face, Tag, gpos::PositioningSubtable};
    use walrus::ValType;

    use super::*;
    use crate::workspace;

    /// What an outline font of TrueType needs, and kerning.
    const TABLES: [&[u8; 4]; 13] = [
        b"GDEF", b"GPOS", b"GSUB", b"OS/2", b"cmap", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"name",
        b"post",
    ];

    #[test]
    fn the_fonts_of_the_page_are_as_it_is_said() -> Result<()> {
        let folder = workspace::root().join("assets/fonts");
        let fonts = super::super::site::FETCHED_AT_START.iter();
        let fonts: Vec<_> = fonts.filter_map(|name| name.strip_prefix("fonts/")).collect();
        assert_eq!(fonts.len(), 4);
        for name in fonts {
            let bytes = fs::read(folder.join(name))?;
            let face = Face::parse(&bytes, 0)?;
            for record in face.raw_face().table_records {
                let known = TABLES.iter().any(|tag| record.tag == Tag::from_bytes(tag));
                assert!(known, "{name}: {}", record.tag);
            }
            let maxp = face.raw_face().table(Tag::from_bytes(b"maxp"));
            let instructions = maxp.and_then(|maxp| maxp.get(26..28));
            assert_eq!(instructions, Some(&[0, 0][..]), "{name}: bytes of instructions");
            let substitutions = face.tables().gsub.map_or(0, |table| table.lookups.len());
            assert_eq!(substitutions, 0, "{name}: substitutions");
            for lookup in face.tables().gpos.into_iter().flat_map(|table| table.lookups) {
                for rule in lookup.subtables.into_iter::<PositioningSubtable<'_>>() {
                    assert!(matches!(rule, PositioningSubtable::Pair(_)), "{name}: {rule:?}");
                }
            }
        }
        Ok(())
    }

    /// Adds a function of this length, exported, so that it stays.
    fn add(module: &mut Module, name: &str, length: u64) {
        let argument = module.locals.add(ValType::I32);
        let mut builder = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[ValType::I32]);
        let mut body = builder.name(name.to_owned()).func_body();
        for _ in 0..length {
            body.local_get(argument).drop();
        }
        body.local_get(argument);
        let function = builder.finish(vec![argument], &mut module.funcs);
        module.exports.add(name, function);
    }

    #[test]
    fn a_long_function_of_a_path_becomes_a_trap() -> Result<()> {
        let mut module = Module::default();
        for (name, length) in [
            ("_ZN3png7encoder4long17hE", SHORT),
            ("_ZN3png7encoder5short17hE", 3),
            ("_ZN6pngine7encoder4long17hE", SHORT),
            ("_ZN4core3png7encoder4long17hE", SHORT),
        ] {
            add(&mut module, name, length);
        }
        let part = Unreached {
            because: "A test.",
            paths: &["png"],
        };
        part.leave(&mut module)?;
        let module = Module::from_buffer(&module.emit_wasm())?;
        let left: Vec<_> = module
            .funcs
            .iter_local()
            .filter(|(_, function)| function.size() == 1)
            .filter_map(|(id, _)| module.funcs.get(id).name.as_deref())
            .collect();
        assert_eq!(left, ["_ZN3png7encoder4long17hE"]);

        let gone = Unreached {
            because: "A test.",
            paths: &["png::decoder"],
        };
        let message = gone
            .leave(&mut Module::default())
            .expect_err("nothing is there")
            .to_string();
        assert!(message.contains("no function of png::decoder"), "{message}");
        Ok(())
    }
}
