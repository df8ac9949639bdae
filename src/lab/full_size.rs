//! What was chosen in the full-size lens.

/// How many tokens, and with them the shape `[B, H, N, D]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tokens {
    /// 197: an image in DeiT-S.
    Deit,
    /// 1024: a text in GPT-2. The first that is shown, since every adapter can run it.
    #[default]
    Gpt2,
    /// 4096.
    Long4k,
    /// 8192.
    Long8k,
    /// 32 768.
    Long32k,
}

impl Tokens {
    /// Every length, in the order of the switch.
    pub const ALL: [Self; 5] = [Self::Deit, Self::Gpt2, Self::Long4k, Self::Long8k, Self::Long32k];

    /// The number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Deit => 0,
            Self::Gpt2 => 1,
            Self::Long4k => 2,
            Self::Long8k => 3,
            Self::Long32k => 4,
        }
    }

    /// The length with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|tokens| tokens.code() == code)
    }

    /// The word on the switch, and the stable name, as in `tokens 32k`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deit => "197",
            Self::Gpt2 => "1k",
            Self::Long4k => "4k",
            Self::Long8k => "8k",
            Self::Long32k => "32k",
        }
    }

    /// `[B, H, N, D]`.
    pub const fn shape(self) -> [usize; 4] {
        match self {
            Self::Deit => [64, 6, 197, 64],
            Self::Gpt2 => [16, 12, 1024, 64],
            Self::Long4k => [4, 16, 4096, 128],
            Self::Long8k => [1, 32, 8192, 128],
            Self::Long32k => [1, 32, 32_768, 128],
        }
    }

    /// The model whose shape it is, where it is one's.
    pub const fn model(self) -> Option<&'static str> {
        match self {
            Self::Deit => Some("DeiT-S"),
            Self::Gpt2 => Some("GPT-2"),
            Self::Long4k | Self::Long8k | Self::Long32k => None,
        }
    }
}

/// A mechanism that is measured; one of them stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Measured {
    /// Softmax attention.
    Softmax,
    /// Elliptical Attention.
    Elliptical,
    /// Attention-BN.
    Bn,
    /// Attention-SH.
    Sh,
    /// RPC-Attention with [`Measured::passes`] iterations.
    #[default]
    Rpc,
    /// The Nadaraya–Watson smoother.
    Smoother,
}

impl Measured {
    /// Every mechanism, in the order of the rows.
    pub const ALL: [Self; 6] = [
        Self::Softmax,
        Self::Elliptical,
        Self::Bn,
        Self::Sh,
        Self::Rpc,
        Self::Smoother,
    ];

    /// The number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Softmax => 0,
            Self::Elliptical => 1,
            Self::Bn => 2,
            Self::Sh => 3,
            Self::Rpc => 4,
            Self::Smoother => 5,
        }
    }

    /// The mechanism with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|measured| measured.code() == code)
    }

    /// The stable name, as on the command line and in results.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::Elliptical => "elliptical",
            Self::Bn => "bn",
            Self::Sh => "sh",
            Self::Rpc => "rpc",
            Self::Smoother => "smoother",
        }
    }

    /// Passes over all pairs of tokens: n of RPC-Attention, else 1.
    pub const fn passes(self) -> usize {
        match self {
            Self::Rpc => 4,
            Self::Softmax | Self::Elliptical | Self::Bn | Self::Sh | Self::Smoother => 1,
        }
    }

    /// The name in a narrow place, with `*x*` for symbols.
    pub const fn short_name(self) -> &'static str {
        match self {
            Self::Softmax => "Softmax",
            Self::Elliptical => "Elliptical",
            Self::Bn => "BN",
            Self::Sh => "SH",
            Self::Rpc => "RPC, *n* = 4",
            Self::Smoother => "Smoother",
        }
    }

    /// The name, with `*x*` for symbols.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bn => "Attention-BN",
            Self::Sh => "Attention-SH",
            Self::Softmax | Self::Elliptical | Self::Rpc | Self::Smoother => self.short_name(),
        }
    }
}

/// How tensors are stored; sums are f32 in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Storage {
    /// 16 bits.
    #[default]
    F16,
    /// 32 bits.
    F32,
}

impl Storage {
    /// Both, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::F16, Self::F32];

    /// The number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::F16 => 0,
            Self::F32 => 1,
        }
    }

    /// The precision with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|storage| storage.code() == code)
    }

    /// The word on the switch, and the stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::F32 => "f32",
        }
    }

    /// Bytes of a number.
    pub const fn bytes(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
        }
    }
}

/// How many entries of the keys get a spike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Spikes {
    /// None: nothing is moved.
    None,
    /// One of a hundred.
    One,
    /// Three of a hundred.
    #[default]
    Three,
}

impl Spikes {
    /// Every share, in the order of the list.
    pub const ALL: [Self; 3] = [Self::None, Self::One, Self::Three];

    /// The number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::One => 1,
            Self::Three => 2,
        }
    }

    /// The share with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|spikes| spikes.code() == code)
    }

    /// In percent; the stable name, as in `noise 3`.
    pub const fn percent(self) -> u8 {
        match self {
            Self::None => 0,
            Self::One => 1,
            Self::Three => 3,
        }
    }

    /// The words on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::One => "1\u{a0}% spikes",
            Self::Three => "3\u{a0}% spikes",
        }
    }
}

/// What was chosen in the full-size lens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FullSizeChoices {
    /// How many tokens.
    pub tokens: Tokens,
    /// The mechanism that stands out.
    pub measured: Measured,
    /// How tensors are stored.
    pub storage: Storage,
    /// The noise.
    pub spikes: Spikes,
}
