//! What is collected apart. A point that sorts is called at once for each stream, and each call has an id of its own.

/// What a vehicle collects at a point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Everything that is not collected apart.
    #[default]
    Rest,
    /// Kitchen waste (厨余垃圾).
    Kitchen,
}

impl Stream {
    /// Name as it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rest => "",
            Self::Kitchen => "kitchen",
        }
    }

    /// The stream of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Rest, Self::Kitchen]
            .into_iter()
            .find(|stream| stream.name() == name)
    }

    /// Whether a vehicle collects it that is registered for `stated`, or for none.
    pub fn carried_by(self, stated: &str) -> bool {
        match self {
            Self::Rest => stated.is_empty() || stated == "residual",
            Self::Kitchen => stated == "kitchen",
        }
    }

    /// Whether a station takes it that states these streams; one that states none takes all.
    pub fn taken_by(self, stated: &[String]) -> bool {
        let own = match self {
            Self::Rest => "residual",
            Self::Kitchen => "kitchen",
        };
        stated.is_empty() || stated.iter().any(|stream| stream == own)
    }

    /// The id of its call at a point: that of the point, with the name of what is collected apart behind a full stop, which no
    /// id of a point has.
    pub fn call_id(self, point: &str) -> String {
        match self {
            Self::Rest => point.to_owned(),
            Self::Kitchen => format!("{point}.{}", self.name()),
        }
    }
}

/// What a call takes.
pub fn of(call_id: &str) -> Stream {
    parts(call_id).map(|(_, stream)| stream).unwrap_or_default()
}

/// The point and the stream of a call's id; `None` if no call has such an id.
pub fn parts(call_id: &str) -> Option<(&str, Stream)> {
    match call_id.split_once('.') {
        None => Some((call_id, Stream::Rest)),
        Some((point, name)) => match Stream::parse(name)? {
            Stream::Rest => None,
            stream @ Stream::Kitchen => Some((point, stream)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_tell_their_point_and_stream() {
        for stream in [Stream::Rest, Stream::Kitchen] {
            assert_eq!(parts(&stream.call_id("CP-1_a")), Some(("CP-1_a", stream)));
        }
        for id in ["CP.", "CP.residual", "CP.kitchen.kitchen"] {
            assert_eq!(parts(id), None, "{id}");
        }
    }

    #[test]
    fn kitchen_waste_goes_with_its_own_vehicles_alone() {
        let carried = |stated| [Stream::Rest, Stream::Kitchen].map(|stream| stream.carried_by(stated));
        assert_eq!(carried(""), [true, false]);
        assert_eq!(carried("residual"), [true, false]);
        assert_eq!(carried("kitchen"), [false, true]);
        assert_eq!(carried("hazardous"), [false, false]);
        let taken = |stated: &[&str]| {
            let stated: Vec<String> = stated.iter().map(|stream| (*stream).to_owned()).collect();
            [Stream::Rest, Stream::Kitchen].map(|stream| stream.taken_by(&stated))
        };
        assert_eq!(taken(&[]), [true, true]);
        assert_eq!(taken(&["kitchen", "residual"]), [true, true]);
        assert_eq!(taken(&["kitchen"]), [false, true]);
    }
}
